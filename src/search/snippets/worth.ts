/**
 * What speaks for showing a part of a text besides the words of the cue: a reason where the cue asks why, a path where it
 * asks which file, a finding rather than the announcement of the next step. The shares were set on the coding
 * conversations of the development data: decision 025.
 */
import type { Unit } from "./units.ts";

/** No more of a unit, and of a cue, is looked at. */
const LOOKED_AT = 400;

/** Shares of all that the words of a cue can bring. */
const ANSWERS = 0.2;
const ANSWERS_TWICE = 0.1;
const STATES = 0.1;
const NARRATES = -0.2;
const ASKS = -0.1;
const NAMES = 0.05;
const IS_ROW = 0.1;

const NARRATION =
  /^(?:[-*] |\d+\. )?(?:\*\*)?(?:(?:perfect|great|good|excellent)[!.]|now,? (?:let|i)\b|let me\b|let's (?:check|see|look|first)|i(?:'|’)?ll\b|i (?:will|need to|should|want to|have to)\b|i(?:'|’)m (?:going|now|check|look|work|think|consider|exam|also)|i’m\b|next,|first,? (?:let|i)\b|looking at\b|checking\b|try\b|test(?:ing)?\b|would you\b|do you\b|want me\b)/i;
const STATEMENT =
  /\b(?:root cause|the (?:real |main |actual |key |core )?(?:problem|issue|reason|bug|cause|culprit|fix|solution|answer|difference) (?:is|was|here|that)|caused by|because|turns out|the fix|in short|so the|instead of|rather than|i recommend|recommended|no longer|not a|must|never|always|only)\b|\*\*(?:cause|root cause|fix|solution|reason|problem|issue|answer|recommendation|yes|no)\b|✅|❌/i;
const QUESTION = /\?\s*$/;
const NAME = /`[^`]+`|\*\*[^*]+\*\*|"[^"]+"/;

/** By what a cue asks for: what answers such a question looks like. */
const ANSWER_TO: readonly (readonly [asks: RegExp, answer: RegExp])[] = [
  [
    /\bwhy\b|\breason|what (?:was|were) (?:wrong|going on|missing|the (?:bug|problem|issue|cause))|what (?:caused|broke)|caused?\b|to blame/i,
    /\b(?:because|since|due to|so that|reason|caus(?:e[sd]?|ing)|to avoid|in order to|means|otherwise|problem|issue|bug|wrong|incorrect(?:ly)?|missing|only|instead|actually)\b|n(?:'|’)t\b/i,
  ],
  [
    /\bfix|\bsolve|\bworked\b|\bget rid\b|\bgot me past|\bchange/i,
    /\b(?:fix(?:ed|es)?|solution|instead|chang(?:e[sd]?|ing)|add(?:ed|ing)?|remov(?:e[sd]?|ing)|replac(?:e[sd]?|ing)|use[sd]?|updat(?:e[sd]?|ing)|enabl(?:e[sd]?|ing)|set|switch(?:ed)?|mov(?:e[sd]?|ing))\b/i,
  ],
  [
    /\b(?:file|folder|directory|dir|path|where|module|script|workflow|config)\b/i,
    /\/[\w./-]|[\w-]\.(?:ts|tsx|js|py|md|mdc|json|ya?ml|vue|css|html|sh|sql|toml|env|cs|log)\b/,
  ],
  [
    /\b(?:commands?|flags?|option|switch|run|install|terminal|script|how (?:do|can|would) (?:i|we|you))\b/i,
    /`[^`]+`|\s--?[a-z]|\$ |\b(?:npm|npx|yarn|pnpm|git|docker|python|pip|node|bun|az|dotnet|make|curl)\s/,
  ],
  [
    /\b(?:what|which) (?:\w+ ){0,2}(?:library|package|version|model|name|value|setting|function|class|variable|key|hash|number|port|icons?|store|database|service|tool)|\bcalled\b|\bnamed?\b/i,
    /`[^`]+`|@[\w-]+\/[\w-]+|\d|\*\*[^*]+\*\*/,
  ],
  [
    /\bhow (?:many|much|big|long|large|often|far)|\bnumber\b|\bsize\b|\blimits?\b|\btimeouts?\b|\bports?\b|\bversion\b|\bset to\b|\bscale\b/i,
    /\d/,
  ],
  [
    /\bwhen\b|\bhow long\b|what (?:day|date|time)/i,
    /\b(?:\d{4}|\d{1,2}:\d\d|after|once|until|before|monday|tuesday|wednesday|thursday|friday|saturday|sunday|weeks?|days?|months?|hours?|minutes?|seconds?|tomorrow|today)\b/i,
  ],
  [
    /\bdecide|\bdecision|\bchoose|\bchose|\bgo with|\bend up|\bland\b|\bsettle|\bin the end\b|\bnow\b|\bcurrently\b|\bthese days\b|\bused? by default\b|\bpick/i,
    /\b(?:recommend\w*|decid\w*|let(?:'|’)s|go(?:ing)? with|instead|we'll|should|prefer\w*|keep|cho(?:se|ose)|now|default|use|using|moved?|renamed?|from now on|no longer)\b/i,
  ],
];

/** What an answer to a cue looks like, for each way in which it asks. */
export function answersTo(cue: string): readonly RegExp[] {
  const asked = cue.slice(0, LOOKED_AT);
  return ANSWER_TO.filter(([asks]) => asks.test(asked)).map(([, answer]) => answer);
}

/** What speaks for a unit besides the words it matches, in shares of what all words of the cue would bring. */
export function worthOf({ text, kind }: Unit, answers: readonly RegExp[]): number {
  const looked = text.slice(0, LOOKED_AT);
  const answered = answers.filter((answer) => answer.test(looked)).length;
  let worth = kind === "row" ? IS_ROW : 0;
  if (answered > 0)
    worth += ANSWERS + (answered > 1 ? ANSWERS_TWICE : 0) + (STATEMENT.test(looked) ? STATES : 0);
  if (NARRATION.test(looked)) worth += NARRATES;
  if (QUESTION.test(text)) worth += ASKS;
  if (NAME.test(looked)) worth += NAMES;
  return worth;
}
