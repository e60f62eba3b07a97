/** The server's sentences are those of its sources, and each is told in the language of the screen. */
import { beforeEach, describe, expect, it } from 'vitest';
import '../i18n/all';
import { i18n, languages } from '../i18n/i18n.svelte';
import { fares } from '../notify/words';
import { sentences as notifySentences, told as notifyTold } from '../notify/told';
import type { Recipient } from '../api/notify-types';
import { problemFacts } from '../system/facts';
import { sentences, systems, told } from '../system/told';

const sources = import.meta.glob<string>('../../../src/{modbus,bridge,notify}/*.cpp', { query: '?raw', import: 'default', eager: true });
const text = Object.values(sources).join('\n').replaceAll('\\"', '"');
/** Put together there of these. */
const made: Record<string, string[]> = {
  exception: ['"{} (exception {})"'],
  register: ['"{} at {}: {}"'],
  connectionLate: ['"a connection"', '"{} did not come within {} s"'],
  connectLate: ['"an answer to CONNECT"'],
  subscribeLate: ['"an answer to SUBSCRIBE"'],
  nameUnknown: ['"the name "', '" is not known: "'],
  malformed: ["the broker's CONNACK is malformed", "the broker's PUBLISH is malformed"],
  certificateOwn: ['"the broker\'s certificate is not trusted: {} ({})"', '"ca_file: "'],
  certificateSystem: ['"no ca_file: the system\'s authorities count"'],
  notPublic: ['" is not a public address ("', '"): name it in notify.allow_private if it is meant"'],
};
const plain = (one: string): string => one.replace(/\u00a0/g, ' ');
beforeEach(() => (i18n.language = 'en'));

describe('what the server says', () => {
  it.each(Object.entries({ ...sentences, ...notifySentences }))('is what it says: %s', (name, sentence) => {
    // What is added to a text there stands behind it here.
    for (const part of made[name] ?? [sentence.replace(/: \{reason\}$/, ': ').replace(/ \{source\}$/, ' ').replace(/\{\w+\}/g, '{}')]) expect(text).toContain(part);
  });
  it.each([
    ['system', { ...sentences, ...systems }, told],
    ['notify', notifySentences, notifyTold],
  ] as const)('is told in the language of the screen: %s', (_, all, tell) => {
    for (const language of languages) {
      i18n.language = language;
      for (const sentence of Object.values(all)) {
        const said = sentence.replace('{source}', '10.0.0.7').replace('{use}', '1').replace('{reason}', sentences.noAddress).replace(/\{(n|a|b)\}/g, '7');
        expect(tell(said)).not.toMatch(/[{}]/);
        // Names of the settings and of the protocol are the same everywhere.
        const words = tell(said).replace(/ca_file|client_id|address_base|allow_private|notify|https?|mail|tls|Modbus|MQTT|\[mail\]/g, '');
        if (language !== 'en') expect([said, /[a-z]{3}/.test(words)]).toEqual([said, false]);
      }
    }
  });
  it('in whole sentences, one within the other', () => {
    expect(told('no connection: Connection refused')).toBe('no connection: connection refused');
    i18n.language = 'ru';
    expect(told('no connection: Connection refused')).toBe('нет соединения: в соединении отказано');
    expect(plain(told('supply_temperature at 10: illegal data address: the device has no such register (exception 2)'))).toBe(
      'supply_temperature, адрес 10: недопустимый адрес данных: у устройства нет такого регистра (код Modbus 2)',
    );
    expect(told('the broker refuses: not authorized: user, password or what they may do (go away)')).toBe('брокер отказывает: нет прав: проверьте имя, пароль или их права (go away)');
    expect(told("the broker's certificate is not trusted: self-signed certificate (ca_file: /etc/ca.pem)")).toBe('сертификату брокера нет доверия: он самоподписанный (ca_file: /etc/ca.pem)');
    expect(notifyTold('10.0.0.7 is not a public address (private): name it in notify.allow_private if it is meant')).toContain('не общедоступный адрес (private)');
  });
  it("leaves others' words as they are", () => {
    i18n.language = 'kk';
    for (const words of ['', '550 no such mailbox here', '500 Internal Server Error: broken']) expect([told(words), notifyTold(words)]).toEqual([words, words]);
  });
  it('where it is shown', () => {
    i18n.language = 'ru';
    expect(problemFacts({ code: 'modbus.silent', severity: 2, text: '', params: { n: 1, of: 2, name: 'HS-2', why: 'no answer within 500 ms' } })).toMatch(/нет ответа за 500/);
    const standing = { failing_since: 1, failure: 'too much is waiting to be sent', last_sent: null, waiting: 0, left_out: 0 };
    expect(fares({ standing } as unknown as Recipient).detail).toBe('слишком многое ждёт отправки');
  });
});
