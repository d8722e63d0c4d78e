/**
 * English words that carry no meaning of their own in a cue or a turn: articles, pronouns, auxiliaries, prepositions,
 * conjunctions, question words, and contractions with and without their apostrophe.
 */
const WORDS = `
a an the this that these those such
i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself she her hers herself
it its itself they them their theirs themselves
am is are was were be been being do does did doing done has have had having will would shall should can could may might
must ought
at by for from in into of off on onto out over to up upon with within without about above across after against along
among around as before below beneath beside between beyond down during except through throughout till toward towards
under until via
and but or nor so yet if because while although though unless whereas whether than then
what which who whom whose when where why how
not no yes too very just also even still ever never there here now both each either neither other another any some all
s t d ll m re ve o y
i'm i've i'd i'll we're we've we'd we'll you're you've you'd you'll he's he'd he'll she's she'd she'll it's it'd it'll
they're they've they'd they'll that's that'd that'll there's here's what's who's where's when's why's how's let's
im ive youre youve theyre theyve weve hes shes thats theres heres whats whos wheres
isn't aren't wasn't weren't don't doesn't didn't haven't hasn't hadn't won't wouldn't shan't shouldn't can't cannot
couldn't mightn't mustn't ain't
isnt arent wasnt werent dont doesnt didnt havent hasnt hadnt wouldnt shouldnt cant couldnt aint
`;

export const STOP_WORDS: ReadonlySet<string> = new Set(WORDS.trim().split(/\s+/));
