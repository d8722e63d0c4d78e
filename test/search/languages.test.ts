import { describe, expect, it } from "vitest";
import { searchIndexFactory } from "../../src/search/create-search-index.ts";
import { memoryOf, NOW } from "./support/memories.ts";

/** Facts, each with a question that only it answers, in the words a native speaker might use. */
const FACTS: readonly (readonly [language: string, fact: string, question: string])[] = [
  [
    "English",
    "My sister adopted a grey kitten called Pepper in Bristol.",
    "what is the name of the kitten she has adopted?",
  ],
  ["English", "The children's dentist is Dr. Okafor on Elm Street.", "who is the dentist of my kids"],
  ["German", "Meine Großmutter wohnt seit März in einem Häuschen bei Görlitz.", "Wo wohnt die Grossmutter?"],
  [
    "German",
    "Der Fahrradschlüssel liegt in der blauen Schublade im Flur.",
    "In welcher Schublade liegt der FAHRRADSCHLÜSSEL?",
  ],
  [
    "French",
    "J'ai réservé l'hôtel « Les Goélands » à Saint-Malo pour l'été.",
    "quel hotel ai-je réservé pour l’été ?",
  ],
  [
    "French",
    "Le garagiste a changé les plaquettes de frein de la Twingo.",
    "qui a changé les plaquettes de frein",
  ],
  ["Spanish", "El niño tiene alergia a la piña y al cacahuete.", "¿a qué tiene alergia el nino?"],
  ["Spanish", "Compré los zapatos marrones en la tienda de Córdoba.", "¿dónde compré los zapatos marrones?"],
  ["Portuguese", "A reunião com o João foi adiada para quinta-feira.", "quando é a reuniao com o Joao?"],
  [
    "Italian",
    "La nonna prepara le orecchiette con le cime di rapa.",
    "che cosa prepara la nonna con le cime di rapa?",
  ],
  ["Polish", "Łukasz mieszka w Łodzi przy ulicy Piotrkowskiej.", "gdzie mieszka Lukasz"],
  ["Turkish", "Diş hekimi randevusu İzmir'de salı günü.", "dis hekimi randevusu ne zaman?"],
  ["Vietnamese", "Mật khẩu của tủ sách là ngày sinh của bà ngoại.", "mật khẩu tủ sách"],
  ["Russian", "Наша ёлка стоит на балконе до середины января.", "где стоит елка"],
  ["Russian", "Ключи от дачи лежат у соседки Зинаиды.", "у кого лежат КЛЮЧИ от дачи?"],
  ["Ukrainian", "Мій двоюрідний брат грає на бандурі у Львові.", "хто грає на бандурі?"],
  ["Greek", "Ο Γιώργος αγόρασε ένα κίτρινο ποδήλατο στη Θεσσαλονίκη.", "ποιος αγορασε ποδηλατο;"],
  ["Hebrew", "השכן שלנו מגדל עגבניות על הגג.", "מי מגדל עגבניות?"],
  ["Arabic", "اشتريتُ السجادة الحمراء من سوق مراكش.", "من أين اشتريت سجادة حمراء"],
  ["Persian", "کلید خانه پیش خاله مریم است.", "كليد خانه كجاست"],
  ["Hindi", "मेरी बहन हर रविवार को सितार बजाती है।", "सितार कौन बजाती है"],
  ["Chinese", "我上个月在杭州的茶馆里买了龙井茶。", "在哪里买了龙井茶?"],
  ["Chinese", "儿子的生日蛋糕要订草莓味的。", "生日蛋糕什么味"],
  ["Japanese", "弟は来週から札幌のラーメン屋で働きます。", "ラーメン屋で働くのは誰?"],
  ["Japanese", "祖母の飼っている猫の名前は小梅です。", "猫"],
  ["Korean", "할머니는 전주에서 한옥 민박을 하십니다.", "한옥 민박은 어디?"],
  ["Thai", "น้องสาวทำงานที่โรงพยาบาลเชียงใหม่", "ใครทำงานที่โรงพยาบาล"],
  ["emoji", "Weekend plan: 🚣 on the lake, then 🍕", "🚣"],
  ["code", "The bug was in parseUserToken() of src/auth/session-store.ts", "which file has parseUserToken"],
  ["code", "Set MAX_RETRY_COUNT=5 in the .env of the billing worker", "max retry count billing"],
  ["paths", "Backups go to /mnt/tank/backups/photos-2019", "where are backups of photos 2019"],
];

const index = searchIndexFactory.create();
const memories = FACTS.map(([, fact]) => memoryOf(fact));
for (const memory of memories) index.add(memory);

describe("a fact is found first", () => {
  it.each(FACTS.map(([language, fact, question], place) => [language, question, fact, place] as const))(
    "in %s: %s",
    (_language, cue, _fact, place) => {
      const { hits } = index.search({ cue, filter: {}, limit: 5, now: NOW });
      expect(hits[0]?.id).toBe(memories[place]?.id);
    },
  );
});
