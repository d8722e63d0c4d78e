/** What the quickstart prints: commands as they were run, what they printed, and whether that is what it should be. */

const failed = [];

export function heading(text) {
  console.log(`\n== ${text} ==\n`);
}

export function note(text) {
  console.log(text);
}

/** One command: the words, what was given on standard input, both outputs and the exit code if it is not 0. */
export function show(words, input, stdout, stderr, exit) {
  const typed = input === undefined ? "" : `printf '%s' ${quoted(input)} | `;
  console.log(`$ ${typed}${words.map(quoted).join(" ")}`);
  for (const line of `${stdout}${stderr}`.split("\n").slice(0, -1)) console.log(`  ${line}`);
  if (exit !== 0) console.log(`  (exit code ${exit})`);
}

/** Remembers what did not hold. */
export function expect(holds, what) {
  console.log(`  ${holds ? "✓" : "✗"} ${what}\n`);
  if (!holds) failed.push(what);
}

export function failures() {
  return failed;
}

function quoted(word) {
  return /^[\w./:@%+=,()-]+$/.test(word) || word.startsWith("(MCP)")
    ? word
    : `'${word.replaceAll("'", "'\\''")}'`;
}
