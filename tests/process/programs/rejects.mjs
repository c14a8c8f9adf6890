// Breaks the rule that every promise is looked after.
Promise.reject(new Error("no handler looks after this"));
