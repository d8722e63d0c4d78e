/**
 * English words that carry no meaning of their own in a cue or a turn: articles, pronouns, auxiliaries, prepositions,
 * conjunctions, question words and what is left of contractions once the apostrophe is gone.
 */
const WORDS = `
a an the this that these those such
i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself she her hers herself
it its itself they them their theirs themselves one ones
am is are was were be been being do does did doing done have has had having will would shall should can could may might
must ought
i'm i've i'd i'll we're we've we'd we'll you're you've you'd you'll he's he'd he'll she's she'd she'll it's it'd it'll
they're they've they'd they'll that's that'd that'll there's here's what's who's where's when's why's how's let's
isn't aren't wasn't weren't don't doesn't didn't haven't hasn't hadn't won't wouldn't shan't shouldn't can't cannot
couldn't mightn't mustn't
at by for from in into of off on onto out over to up upon with within without about above across after against along
among around as before behind below beneath beside between beyond down during except inside near outside past since
through throughout till toward towards under until via
and but or nor so yet if because while although though unless whereas whether than then
what which who whom whose when where why how
not no yes too very just also only even still again ever never there here now both each either neither other another
any some all few more most much many own same
s t d ll m re ve o y
`;

export const STOP_WORDS: ReadonlySet<string> = new Set(WORDS.trim().split(/\s+/));
