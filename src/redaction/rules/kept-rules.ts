/**
 * Rules of gitleaks 8.30.1 (config/gitleaks.toml), Copyright (c) 2019 Zachary Rice, MIT License: see THIRD-PARTY-NOTICES.md.
 * Made by `scripts/make-secret-rules.mjs`; not written by hand.
 *
 * A line is a rule: how it is found (`named`: a name, then a value; `token`: by itself), kind, keywords, least entropy, how its
 * beginning is written, pattern, flags.
 */
export const KEPT_RULES = String.raw`
token	1password secret key	a3-	3.8	A3-	A3-[A-Z0-9]{6}-(?:(?:[A-Z0-9]{11})|(?:[A-Z0-9]{6}-[A-Z0-9]{5}))-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}(?![\w-])	
named	Adafruit API key	adafruit	2.7		[a-z0-9_-]{32}
token	Adobe client secret	p8e-	2	p8e-	(p8e-[a-z0-9]{32})(?![\w-])	i
named	Airtable API key	airtable	2.7		[a-z0-9]{17}
named	Algolia API key	algolia	2.7		[a-z0-9]{32}
named	Alibaba secret key	alibaba	2.7		[a-z0-9]{30}
token	Artifactory API key	akcp	4.5	AKCp	AKCp[A-Za-z0-9]{69}(?![\w-])	
token	Artifactory reference token	cmvmd	4.5	cmVmd	cmVmd[A-Za-z0-9]{59}(?![\w-])	
named	Asana client secret	asana	2.7		[a-z0-9]{32}
token	Authress service client access key	sc_ ext_ scauth_ authress_	2		((?:sc|ext|scauth|authress)_[a-z0-9]{5,30}\.[a-z0-9]{4,6}\.(?:acc)[_-][a-z0-9-]{10,32}\.[a-z0-9+/_=-]{30,120})(?![\w-])	i
token	AWS Bedrock API key	absk	3	ABSK	(ABSK[A-Za-z0-9+/]{109,269}={0,2})(?![\w-])	
named	Beamer API token	beamer	2.7		b_[a-z0-9=_\-]{44}
named	Bitbucket client secret	bitbucket	2.7		[a-z0-9=_\-]{64}
named	Bittrex access key	bittrex	2.7		[a-z0-9]{32}
named	Bittrex secret key	bittrex	2.7		[a-z0-9]{32}
token	ClickHouse cloud API secret key	4b1d	3	4b1d	(4b1d[A-Za-z0-9]{38})(?![\w-])	
token	Clojars API token	clojars_	2		CLOJARS_[a-z0-9]{60}(?![\w-])	i
named	Cloudflare API key	cloudflare	2.7		[a-z0-9_-]{40}
named	Cloudflare global API key	cloudflare	2.7		[a-f0-9]{37}
token	Cloudflare origin CA key	cloudflare v1.0-	2	v1.0-	(v1\.0-[a-f0-9]{24}-[a-f0-9]{146})(?![\w-])	
named	Codecov access token	codecov	2.7		[a-z0-9]{32}
named	Coinbase access token	coinbase	2.7		[a-z0-9_-]{64}
named	Confluent access token	confluent	2.7		[a-z0-9]{16}
named	Confluent secret key	confluent	2.7		[a-z0-9]{64}
named	Contentful delivery API token	contentful	2.7		[a-z0-9=_\-]{43}
named	Datadog access token	datadog	2.7		[a-z0-9]{40}
named	Defined Networking API token	dnkey	2.7		dnkey-[a-z0-9=_\-]{26}-[a-z0-9=_\-]{52}
named	Discord API token	discord	2.7		[a-f0-9]{64}
named	Discord client secret	discord	2.7		[a-z0-9=_\-]{32}
named	Drone CI access token	droneci	2.7		[a-z0-9]{32}
named	Dropbox API token	dropbox	2.7		[a-z0-9]{15}
named	Dropbox long lived API token	dropbox	2.7		[a-z0-9]{11}(?:AAAAAAAAAA)[a-z0-9\-_=]{43}
named	Dropbox short lived API token	dropbox	2.7		sl\.[a-z0-9\-=_]{135}
token	Duffel API token	duffel_	2	duffel_	duffel_(?:test|live)_[a-z0-9_\-=]{43}(?![\w-])	i
token	Dynatrace API token	dt0c01.	4	dt0c01.	dt0c01\.[a-z0-9]{24}\.[a-z0-9]{64}(?![\w-])	i
token	EasyPost API token	ezak	2	EZAK	EZAK[a-z0-9]{54}(?![\w-])	i
token	EasyPost test API token	eztk	2	EZTK	EZTK[a-z0-9]{54}(?![\w-])	i
named	Etsy access token	etsy	3		[a-z0-9]{24}
token	Facebook Page access token	eaam eaac	4		(EAA[MC][a-z0-9]{100,300})	i
named	Facebook secret	facebook	3		[a-f0-9]{32}
named	Fastly API token	fastly	2.7		[a-z0-9=_\-]{32}
named	Finicity API token	finicity	2.7		[a-f0-9]{32}
named	Finicity client secret	finicity	2.7		[a-z0-9]{20}
named	Finnhub access token	finnhub	2.7		[a-z0-9]{20}
named	Flickr access token	flickr	2.7		[a-z0-9]{32}
token	Flutterwave encryption key	flwseck_test	2	FLWSECK_TEST	FLWSECK_TEST-[a-h0-9]{12}(?![\w-])	i
token	Flutterwave secret key	flwseck_test	2	FLWSECK_TEST	FLWSECK_TEST-[a-h0-9]{32}-X(?![\w-])	i
token	Frame.io API token	fio-u-	0	fio-u-	fio-u-[a-z0-9\-_=]{64}(?![\w-])	i
named	FreshBooks access token	freshbooks	2.7		[a-z0-9]{64}
named	Gitter access token	gitter	2.7		[a-z0-9_-]{40}
named	GoCardless API token	gocardless	2.7		live_[a-z0-9\-_=]{40}
token	Harness API key	pat. sat.	0		(?:pat|sat)\.[a-zA-Z0-9_-]{22}\.[a-zA-Z0-9]{24}\.[a-zA-Z0-9]{20}(?![\w-])	
named	Heroku API key	heroku	2.7		[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
named	HubSpot API key	hubspot	2.7		[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}
token	Infracost API token	ico-	3	ico-	(ico-[a-zA-Z0-9]{32})(?![\w-])	
named	Intercom API key	intercom	2.7		[a-z0-9=_\-]{60}
token	Intra42 client secret	intra s-s4t2ud- s-s4t2af-	3		(s-s4t2(?:ud|af)-[abcdef0123456789]{64})(?![\w-])	i
named	JFrog API key	jfrog artifactory bintray xray	2.7		[a-z0-9]{73}
named	JFrog identity token	jfrog artifactory bintray xray	2.7		[a-z0-9]{64}
named	Kraken access token	kraken	2.7		[a-z0-9\/=_\+\-]{80,90}
named	KuCoin access token	kucoin	2.7		[a-f0-9]{24}
named	KuCoin secret key	kucoin	2.7		[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
named	LaunchDarkly access token	launchdarkly	2.7		[a-z0-9=_\-]{40}
named	Linear client secret	linear	2.7		[a-f0-9]{32}
named	LinkedIn client secret	linkedin linked_in linked-in	2.7		[a-z0-9]{16}
named	Lob API key	lob	2.7		(?:live|test)_[a-f0-9]{35}
named	Looker client secret	looker	2.7		[a-z0-9]{24}
named	Mailchimp API key	mailchimp	2.7		[a-f0-9]{32}-us\d\d
named	Mailgun private API token	mailgun	2.7		key-[a-f0-9]{32}
named	Mailgun signing key	mailgun	2.7		[a-h0-9]{32}-[a-h0-9]{8}-[a-h0-9]{8}
named	Mattermost access token	mattermost	2.7		[a-z0-9]{26}
named	MessageBird API token	messagebird message-bird message_bird	2.7		[a-z0-9]{25}
named	Netlify access token	netlify	2.7		[a-z0-9=_\-]{40,46}
named	New Relic insert key	new-relic newrelic new_relic	2.7		NRII-[a-z0-9-]{32}
named	New Relic user API key	new-relic newrelic new_relic	2.7		NRAK-[a-z0-9]{27}
named	New York Times access token	nytimes new-york-times newyorktimes	2.7		[a-z0-9=_\-]{32}
token	Octopus Deploy API key	api-	3	API-	(API-[A-Z0-9]{26})(?![\w-])	
token	OpenShift user token	sha256~	3.5		(sha256~[\w-]{43})(?:[^\w-]|$)(?![\w-])	
named	Plaid API token	plaid	2.7		access-(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
named	Plaid secret key	plaid	3.5		[a-z0-9]{30}
token	Prefect API token	pnu_	2	pnu_	(pnu_[a-zA-Z0-9]{36})(?![\w-])	
named	RapidAPI access token	rapidapi	2.7		[a-z0-9_-]{50}
token	ReadMe API token	rdme_	2	rdme_	(rdme_[a-z0-9]{70})(?![\w-])	
token	Scalingo API token	tk-us-	2	tk-us-	(tk-us-[\w-]{48})(?![\w-])	
named	Sendbird access token	sendbird	2.7		[a-f0-9]{40}
token	Brevo API token	xkeysib-	2	xkeysib-	(xkeysib-[a-f0-9]{64}\-[a-z0-9]{16})(?![\w-])	i
named	Sentry access token	sentry	3		[a-f0-9]{64}
token	SettleMint application access token	sm_aat	3	sm_aat	(sm_aat_[a-zA-Z0-9]{16})(?![\w-])	
token	SettleMint personal access token	sm_pat	3	sm_pat	(sm_pat_[a-zA-Z0-9]{16})(?![\w-])	
token	SettleMint service access token	sm_sat	3	sm_sat	(sm_sat_[a-zA-Z0-9]{16})(?![\w-])	
token	Shippo API token	shippo_	2	shippo_	(shippo_(?:live|test)_[a-fA-F0-9]{40})(?![\w-])	
named	Snyk API token	snyk	2.7		[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
named	Sonar API token	sonar	2.7		(?:squ_|sqp_|sqa_)?[a-z0-9=_\-]{40}
named	Squarespace access token	squarespace	2.7		[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
named	Telegram Bot API token	telegr	2.7		[0-9]{5,16}:(?:A)[a-z0-9_\-]{34}
named	Travis CI access token	travis	2.7		[a-z0-9]{22}
named	Twitch API token	twitch	2.7		[a-z0-9]{30}
named	Twitter access secret	twitter	2.7		[a-z0-9]{45}
named	Twitter access token	twitter	2.7		[0-9]{15,25}-[a-zA-Z0-9]{20,40}
named	Twitter API key	twitter	2.7		[a-z0-9]{25}
named	Twitter API secret	twitter	2.7		[a-z0-9]{50}
named	Twitter bearer token	twitter	2.7		A{22}[a-zA-Z0-9%]{80,100}
named	Typeform API token	typeform	2.7		tfp_[a-z0-9\-_\.=]{59}
named	Yandex access token	yandex	2.7		t1\.[A-Z0-9a-z_-]{1,200}[=]{0,2}\.[A-Z0-9a-z_-]{86}[=]{0,2}
named	Yandex API key	yandex	2.7		AQVN[A-Za-z0-9_\-]{35,38}
named	Zendesk secret key	zendesk	2.7		[a-z0-9]{40}
`;
