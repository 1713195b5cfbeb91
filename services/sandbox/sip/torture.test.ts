/** Messages in the manner of RFC 4475, "SIP Torture Test Messages", written out anew. */
import { describe, expect, it } from 'vitest';
import { tagOf } from './headers.ts';
import { header, headerList, serialize, type SipMessage } from './message.ts';
import { parseMessage, type ParseFault } from './parse.ts';

const REQUIRED = `Via: SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKkdjuw
From: <sip:caller@example.net>;tag=34525
To: sip:j.user@example.com
Call-ID: torture.98asdh@192.0.2.1
CSeq: 8 OPTIONS
Max-Forwards: 70`;

function parse(text: string): SipMessage | ParseFault {
  return parseMessage(Buffer.from(text.replace(/\n/g, '\r\n')));
}

function valid(text: string): SipMessage {
  const message = parse(text);
  if (message.kind === 'fault') throw new Error(`${message.fault}: ${message.detail}`);
  // Whatever can be read can be passed on.
  expect(parseMessage(serialize(message)).kind).toBe(message.kind);
  return message;
}

describe('unusual messages that are right', () => {
  it('reads folding, odd spacing, compact forms and empty headers (3.1.1.1)', () => {
    const message = valid(`INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0
TO :
 sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n
from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: wsinv.ndaksdj@192.0.2.1
Content-Length   : 5
cseq: 0009
  INVITE
Via  : SIP  /   2.0
 /UDP
    192.0.2.2;branch=390skdjuw
s :
NewFangledHeader:   newfangled value
 continued newfangled value
UnknownHeaderWithUnusualValue: ;;,,;;,;
Route:
 <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
v:  SIP  / 2.0  / TCP     spindle.example.com   ;
  branch  =   z9hG4bK9ikj8  ,
 SIP  /    2.0   / UDP  192.168.255.111   ; branch=
 z9hG4bK30239
m:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =
      newvalue ;
  secondparam ; q = 0.33

v=0
`);
    expect(tagOf(header(message, 'to')!)).toBe('1918181833n');
    expect(tagOf(header(message, 'from')!)).toBe('98asjd8');
    expect(headerList(message, 'via')).toHaveLength(3);
    expect(header(message, 'subject')).toBe('');
    expect(message.body.toString()).toBe('v=0\r\n');
  });

  it('reads a method of every character that a token may have (3.1.1.2)', () => {
    const method = "!interesting-Method0123456789_*+`.%indeed'~";
    const uri =
      "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com";
    const text = `${method} ${uri} SIP/2.0\n${REQUIRED.replace('8 OPTIONS', `8 ${method}`)}\n\n`;
    expect(valid(text)).toMatchObject({ method, uri });
  });

  it.each([
    ['escapes in the URI (3.1.1.3)', 'sip:sips%3Auser%40example.com@example.net'],
    ['an escaped NUL (3.1.1.4)', 'sip:null-%00-null@example.com'],
    ['a semicolon in the user part (3.1.1.9)', 'sip:user;par=u%40example.net@example.com'],
    ['a scheme nobody knows (3.3.2)', 'nobodyKnowsThisScheme:totallyopaquecontent'],
  ])('reads %s', (_what, uri) => {
    expect(valid(`OPTIONS ${uri} SIP/2.0\n${REQUIRED}\n\n`)).toMatchObject({ uri });
  });

  it('reads a display name without a space after it (3.1.1.6)', () => {
    const from = 'caller<sip:caller@example.com>;tag=323';
    const text = `OPTIONS sip:a@b SIP/2.0\n${REQUIRED.replace(/From:.*/, `From: ${from}`)}\n\n`;
    expect(tagOf(header(valid(text), 'from')!)).toBe('323');
  });

  it('reads long values (3.1.1.7)', () => {
    const long = 'long'.repeat(2_000);
    const text = `OPTIONS sip:${long}@b SIP/2.0\n${REQUIRED}\n${long}: ${long}\nVia: SIP/2.0/TCP ${long}\n\n`;
    expect(header(valid(text), long)).toBe(long);
  });

  it('stops at Content-Length when two requests share a datagram (3.1.1.8)', () => {
    const text = `OPTIONS sip:a@b SIP/2.0\n${REQUIRED}\nContent-Length: 0\n\nINVITE sip:x SIP/2.0\n\n`;
    expect(valid(text).body).toHaveLength(0);
  });

  it('reads Vias of transports it does not speak (3.1.1.10)', () => {
    const vias = ['UDP', 'SCTP', 'TLS', 'UNKNOWN', 'TCP'].map(
      (t) => `Via: SIP/2.0/${t} t.example.com`,
    );
    expect(
      headerList(valid(`OPTIONS sip:a@b SIP/2.0\n${vias.join('\n')}\n${REQUIRED}\n\n`), 'via'),
    ).toHaveLength(6);
  });

  it('keeps a binary body as it is (3.1.1.11)', () => {
    const body = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const head = `MESSAGE sip:a@b SIP/2.0\n${REQUIRED.replace('OPTIONS', 'MESSAGE')}\nContent-Length: 256\n\n`;
    const message = parseMessage(Buffer.concat([Buffer.from(head.replace(/\n/g, '\r\n')), body]));
    expect(message.kind !== 'fault' && message.body.equals(body)).toBe(true);
  });

  it.each([
    ['a reason in another alphabet (3.1.1.12)', '= 2**3 * 5**2 но сто девяносто девять'],
    ['no reason at all (3.1.1.13)', ''],
  ])('reads %s', (_what, reason) => {
    expect(valid(`SIP/2.0 200 ${reason}\n${REQUIRED}\n\n`)).toMatchObject({ status: 200, reason });
  });

  it('reads what RFC 2543 peers send: no branch, no tag, no Max-Forwards (3.4.1)', () => {
    const text = `INVITE sip:UserB@example.com SIP/2.0
Via: SIP/2.0/UDP iftgw.example.com
From: <sip:+13035551111@ift.client.example.net;user=phone>
Call-ID: inv2543.1717@ift.client.example.com
To: sip:+16505552222@ss1.example.net;user=phone
CSeq: 56 INVITE

`;
    expect(tagOf(header(valid(text), 'from')!)).toBeUndefined();
  });

  it('is not troubled by what only others must understand', () => {
    valid(`OPTIONS sip:a@b SIP/2.0\n${REQUIRED}
Contact: "Joe" <sip:joe@example.org>;;;;
Date: Fri, 01 Jan 2010 16:00:00 EST
Require: nothingSupportsThis
Accept: text/plain, , ;q=
Unknown-Multi: ,,,

`);
  });
});

describe('messages that are wrong', () => {
  const options = (line: string, required = REQUIRED) => `${line}\n${required}\n\n`;

  it.each<[string, ParseFault['fault'], string]>([
    [
      'a longer Content-Length than body (3.1.2.2)',
      'body-cut-short',
      options('OPTIONS sip:a@b SIP/2.0', `${REQUIRED}\nContent-Length: 9999`),
    ],
    [
      'a negative Content-Length (3.1.2.3)',
      'bad-content-length',
      options('OPTIONS sip:a@b SIP/2.0', `${REQUIRED}\nContent-Length: -999`),
    ],
    [
      'a CSeq beyond 64 bits (3.1.2.4)',
      'bad-cseq',
      options('OPTIONS sip:a@b SIP/2.0', REQUIRED.replace('8 ', '36893488147419103232 ')),
    ],
    [
      'an open quote (3.1.2.6)',
      'bad-address',
      options(
        'OPTIONS sip:a@b SIP/2.0',
        REQUIRED.replace(/To:.*/, 'To: "Mr. J. User <sip:j.user@example.com>'),
      ),
    ],
    [
      'a URI in brackets (3.1.2.7)',
      'bad-start-line',
      options('OPTIONS <sip:user@example.com> SIP/2.0'),
    ],
    [
      'a space in the URI (3.1.2.8)',
      'bad-start-line',
      options('OPTIONS sip:user@example.com; lr SIP/2.0'),
    ],
    [
      'two spaces in the start line (3.1.2.9)',
      'bad-start-line',
      options('OPTIONS  sip:user@example.com  SIP/2.0'),
    ],
    [
      'a space after the start line (3.1.2.10)',
      'bad-start-line',
      options('OPTIONS sip:user@example.com SIP/2.0 '),
    ],
    ['a version to come (3.1.2.16)', 'bad-version', options('OPTIONS sip:a@b SIP/7.0')],
    ['a CSeq of another method (3.1.2.17)', 'bad-cseq', options('INVITE sip:a@b SIP/2.0')],
    [
      'a status beyond 32 bits (3.1.2.19)',
      'bad-start-line',
      options('SIP/2.0 4294967301 better not break the receiver'),
    ],
    [
      'hardly any headers (3.3.1)',
      'missing-header',
      'INVITE sip:user@example.com SIP/2.0\nCSeq: 193942 INVITE\nl: 0\n\n',
    ],
    [
      'single headers given twice (3.3.8)',
      'repeated-header',
      options('OPTIONS sip:a@b SIP/2.0', `${REQUIRED}\nCall-ID: another`),
    ],
    [
      'two lengths (3.3.9)',
      'bad-content-length',
      options('OPTIONS sip:a@b SIP/2.0', `${REQUIRED}\nContent-Length: 0\nContent-Length: 1`),
    ],
    [
      'a NUL in a quoted name (3.1.1.2, not taken here)',
      'bad-header',
      options('OPTIONS sip:a@b SIP/2.0', `${REQUIRED}\nContact: "\\\0" <sip:a@b>`),
    ],
  ])('names %s', (_what, fault, text) => {
    expect(parse(text)).toMatchObject({ kind: 'fault', fault });
  });
});
