// Deno 2.9 opens its signal pipe half a second after its start, and panics
// ("ext/signals/lib.rs … Too many open files") if descriptors have run out by
// then. It opens the pipe at once when there is a listener for a signal. Can go
// when a Deno that has none left at that moment lives on.
const ignore = () => {};
process.on("SIGTERM", ignore);
process.off("SIGTERM", ignore);
