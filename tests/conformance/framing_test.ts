import { registerFolder } from "./folder.ts";

await registerFolder("framing");
