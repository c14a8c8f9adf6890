/**
 * What this machine offers to the tests: programs, privileges, namespaces.
 *
 * @module
 */

/** Why a test that needs these programs cannot run here. */
export function missing(...programs: readonly string[]): string | undefined {
  const absent = programs.find((program) => !isInstalled(program));
  return absent === undefined ? undefined : `needs program ${absent}`;
}

/** Why a test that looks into `/proc` cannot run here. */
export const noProc = Deno.build.os === "linux"
  ? undefined
  : "only Linux has this /proc";

function isInstalled(program: string): boolean {
  return run("sh", ["-c", 'command -v "$1"', "sh", program]).success;
}

/** Runs a command to its end. */
export function run(command: string, args: readonly string[]) {
  const { success, stderr } = new Deno.Command(command, {
    args: [...args],
    stdin: "null",
  }).outputSync();
  return { success, stderr: new TextDecoder().decode(stderr).trim() };
}

/** The number after a name in a file such as `/proc/<pid>/status`. */
function numberIn(path: string, name: string): number {
  const found = new RegExp(`^${name}:?\\s+(\\d+)`, "m")
    .exec(Deno.readTextFileSync(path));
  if (found === null) throw new Error(`${path} has no ${name}`);
  return Number(found[1]);
}

/** Bytes of memory that a process has in use. */
export function residentBytes(pid: number): number {
  return numberIn(`/proc/${pid}/status`, "VmRSS") * 1024;
}

/** How many descriptors a process has. */
export function descriptors(pid: number): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

/** Milliseconds of CPU time that a process has used, threads included. */
export function cpuMs(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The command's name may contain anything; it ends at the last parenthesis.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return (user + system) * MS_PER_TICK;
}

/** What `/proc` counts CPU time in: USER_HZ is 100 on every Linux. */
const MS_PER_TICK = 10;
