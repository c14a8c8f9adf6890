// Breaks the rule that every promise is looked after.
Promise.reject(new Error("nobody looks after this"));
