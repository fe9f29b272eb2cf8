/** Says loudly that tests are left out for want of a part of the machine. In CI that is a failure, since CI installs it. */
export function missingPart(tests: string, want: string): void {
  const line = `SKIPPED: ${tests}, since ${want}`
  if (process.env['CI']) throw new Error(line)
  process.stderr.write(`${line}\n`)
}
