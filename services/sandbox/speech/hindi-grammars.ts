import { defineGrammar, type Grammar } from './grammar.ts';
import { CALLER_PIECES } from './grammars.ts';
import { HINDI_BELOW_HUNDRED } from './hindi-numbers.ts';

/** Every sentence that a caller may say offline in Hindi. */
export const HINDI_CALLER_SENTENCES = [
  'हाँ',
  'जी हाँ कर दीजिए',
  'नहीं',
  'जी नहीं रहने दीजिए',
  'आप क्या कर सकती हैं',
  'कृपया फिर से कहिए',
  'धन्यवाद नमस्ते',
  'मेरे खाते में कितने पैसे हैं',
  'मेरा बैलेंस बताइए',
  'मेरे पिछले लेनदेन बताइए',
  'मेरा कार्ड ब्लॉक कर दीजिए',
  'मेरा कार्ड खो गया है',
  'मेरी पुष्टि कीजिए',
  // nobody's business
  'आज मौसम कैसा है',
] as const;

/** What callers of a Hindi agent may say: Hindi, and English as well. */
export const hindiCallerGrammar: Grammar = defineGrammar(
  'hindi-caller',
  `public <sentence> = ${[...HINDI_CALLER_SENTENCES, ...CALLER_PIECES].join(' | ')};`,
);

export const HINDI_MONTHS: readonly string[] = [
  ...['जनवरी', 'फ़रवरी', 'मार्च', 'अप्रैल', 'मई', 'जून', 'जुलाई', 'अगस्त', 'सितंबर', 'अक्टूबर'],
  ...['नवंबर', 'दिसंबर'],
];
const digits = HINDI_BELOW_HUNDRED.slice(0, 10);
const numbers = HINDI_BELOW_HUNDRED.slice(1);

/** What Hindi agents may answer, with slots as in the English one. */
export const hindiReplyGrammar: Grammar = defineGrammar(
  'hindi-reply',
  `
<digit> = ${digits.join(' | ')};
<below-hundred> = ${numbers.join(' | ')};
<below-thousand> = <below-hundred> | (${digits.slice(1).join(' | ')}) सौ [<below-hundred>];
<number> = शून्य | <below-thousand> | <below-hundred> हज़ार [<below-thousand>];
<money> = [माइनस] <number> डॉलर [और <below-hundred> सेंट];
<day> = (${HINDI_BELOW_HUNDRED.slice(1, 32).join(' | ')}) (${HINDI_MONTHS.join(' | ')});
<merchant> = coffee shop | grocery store | book store | train ticket | electric company | monthly salary;
<transaction> = <day> <merchant> <money> (दिए गए | मिले);
<card> = <digit> <digit> <digit> <digit> पर खत्म होने वाला कार्ड;
<help> = आप अपना बैलेंस या पिछले लेनदेन पूछ सकते हैं या कार्ड ब्लॉक करा सकते हैं;
<not-understood> = माफ़ कीजिए मैं यह समझ नहीं पाई <help>;
public <sentence> = बैंक में आपका स्वागत है मैं आपकी क्या मदद कर सकती हूँ
  | [एक पल रुकिए] आपके खाते में <money> हैं
  | ये आपके पिछले लेनदेन हैं <transaction>+ | अभी तक कोई लेनदेन नहीं है
  | [कृपया हाँ या ना कहिए] क्या मैं <card> ब्लॉक कर दूँ
  | <card> ब्लॉक हो गया है | ठीक है <card> ब्लॉक नहीं किया गया है
  | कृपया अपने कार्ड के आख़िरी चार अंक दबाइए या बोलिए | ये अंक सही नहीं हैं कृपया फिर से कोशिश कीजिए
  | धन्यवाद आपकी पुष्टि हो गई
  | <help> | <not-understood> | माफ़ कीजिए आपका कोई खाता नहीं मिला
  | माफ़ कीजिए अभी यह नहीं हो सकता कृपया बाद में फिर कोशिश कीजिए
  | फ़ोन करने के लिए धन्यवाद नमस्ते | एक पल रुकिए;
`,
);
