/** What a cue asks for beyond its words: when something was, or what the assistant said. */
const WHEN =
  /\bwhen\b|\b(?:what|which) (?:date|day|month|year|week|time)\b|\bhow long (?:ago|since|has|have|had)\b|\bhow many (?:days|weeks|months|years)\b/i;
const SAID =
  "(?:said|say|told|tell|suggest(?:ed)?|recommend(?:ed)?|mention(?:ed)?|provided?|gave|give|created?|wrote|write|listed|list|explain(?:ed)?|describ(?:ed|e)|made|shared?|advised?|proposed?|came up with)";
const ASSISTANT = new RegExp(
  [
    "remind me",
    `you (?:have |had |also |just |once |previously |earlier )?${SAID}`,
    `did you (?:ever )?${SAID}`,
    "(?:our|the|a) (?:previous|last|earlier|past) (?:conversation|chat|discussion|session)",
    "we (?:talked|discussed|spoke|chatted|were (?:talking|discussing))",
    "your (?:last |previous |earlier )?(?:suggestions?|recommendations?|advice|answers?|lists?|reply|explanation)",
    "(?:the )?assistant",
  ]
    .map((part) => `\\b(?:${part})\\b`)
    .join("|"),
  "i",
);

/** Whether the cue asks for a time. */
export function asksWhen(cue: string): boolean {
  return WHEN.test(cue);
}

/** Whether the cue asks for something the assistant said. */
export function asksWhatAssistantSaid(cue: string): boolean {
  return ASSISTANT.test(cue);
}
