/**
 * What the person typed into the host's own dialogs. It is recorded inside the result of a tool: why a tool was not allowed to
 * run, and the answers to questions of the assistant. Everything else in a result is the tool's.
 */
import { blocksIn, isFields, textsIn } from "../shapes/fields.ts";
import type { Fields } from "../shapes/fields.ts";

/** The host's sentence about a refusal, up to the person's words behind it. */
const REFUSAL =
  /^(?:Error: )?(?:The user doesn't want to (?:proceed|take this action)|Permission for this tool use was denied)[^\n]*?\b(?:the user said|the reason(?: given| is)?|(?:user )?feedback):\s*/i;
/** What the host tells the assistant behind them. */
const REFUSAL_NOTE = "\n\nNote: The user's next message may contain a correction or preference.";

/** Around the pairs of `"question"="answer"`. */
const ANSWERED =
  /^(?:User has answered your questions?|Your questions? ha(?:s|ve) been answered|The user answered): (?=")/;
const GOES_ON = /^\. (?:You can now continue|Read the answers carefully)\b/;

/** @returns the person's words in a line that holds results of tools; empty when they are the tools' alone */
export function wordsInResults(line: Fields, content: unknown): readonly string[] {
  const told = line["toolUseResult"];
  const answers = isFields(told) ? answersIn(told) : undefined;
  if (answers !== undefined) return [answers];
  const isFailure = typeof told === "string";
  // A tool can answer in the host's own sentences. Newer hosts say what was decided, and keep the answers of a dialog apart.
  const decided = isFields(line["permissionDecision"]) ? line["permissionDecision"]["decision"] : undefined;
  const mayBeRefusal = decided === undefined || decided === "reject";
  const isDialog = isFields(told) && Array.isArray(told["questions"]);
  const mayBeDialog = isDialog || (decided === undefined && (told === undefined || isFailure));
  const wordsOf = (text: string, isError: boolean) =>
    (isError && mayBeRefusal ? reasonIn(text) : undefined) ?? (mayBeDialog ? pairsIn(text) : undefined);
  const words = resultsIn(content, isFailure).map(({ text, isError }) => wordsOf(text, isError));
  const found = words.filter((each) => each !== undefined);
  if (found.length > 0 || !isFailure) return found;
  return [wordsOf(told, true)].filter((each) => each !== undefined);
}

interface Result {
  readonly text: string;
  readonly isError: boolean;
}

/** @param isFailure - whether the host says that the tool did not run; a text of a line that does is its result */
function resultsIn(content: unknown, isFailure: boolean): readonly Result[] {
  if (typeof content === "string") return [{ text: content, isError: isFailure }];
  return blocksIn(content, "tool_result").flatMap((block) => {
    const isError = isFailure || block["is_error"] === true;
    return textsIn(block["content"]).map((text) => ({ text, isError }));
  });
}

function reasonIn(text: string): string | undefined {
  const lead = REFUSAL.exec(text)?.[0];
  if (lead === undefined) return undefined;
  const [words = ""] = text.slice(lead.length).split(REFUSAL_NOTE, 1);
  return words.trim() === "" ? undefined : words.trim();
}

/** The whole answers, as the dialog kept them beside its result. */
function answersIn({ questions, answers, annotations }: Fields): string | undefined {
  if (!Array.isArray(questions) || !isFields(answers)) return undefined;
  const said = Object.entries(answers).flatMap(([question, answer]) => {
    const beside = isFields(annotations) ? annotations[question] : undefined;
    const notes = isFields(beside) && typeof beside["notes"] === "string" ? [beside["notes"]] : [];
    const words = [Array.isArray(answer) ? answer.join(", ") : answer, ...notes];
    const typed = words.filter((each): each is string => typeof each === "string" && each.trim() !== "");
    return typed.length === 0 ? [] : [answered(question, typed.join("\n"))];
  });
  return said.length === 0 ? undefined : said.join("\n\n");
}

/** The same from the sentence that tells the assistant; a quotation mark inside an answer is not escaped there. */
function pairsIn(text: string): string | undefined {
  const lead = ANSWERED.exec(text)?.[0];
  if (lead === undefined) return undefined;
  const behind = text.lastIndexOf('"') + 1;
  const told = GOES_ON.test(text.slice(behind)) ? text.slice(0, behind) : text;
  const [first = "", ...rest] = told.slice(lead.length).split('"="');
  let question = first.replace(/^"/, "");
  const said = rest.map((part, index) => {
    const end = index === rest.length - 1 ? part.lastIndexOf('"') : part.lastIndexOf('", "');
    const pair = answered(question, end === -1 ? part : part.slice(0, end));
    question = end === -1 ? "" : part.slice(end + '", "'.length);
    return pair;
  });
  return said.length === 0 ? undefined : said.join("\n\n");
}

/** An answer alone ("larch", "yes") says nothing later. */
function answered(question: string, answer: string): string {
  return question === "" ? answer : `${question}\n${answer}`;
}
