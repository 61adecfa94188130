import { expect, it } from 'vitest';
import { parseXml, xmlElements, xmlText } from './xml-body.ts';

const key = (text: string) => xmlText(parseXml(`<Delete>${text}</Delete>`, 'Delete'), 'Key');

it('reads texts exactly', () => {
  expect(key('<Key> a &amp;amp; b&#x20;&#10;&lt;&gt;&quot;&apos; </Key>')).toBe(' a &amp; b \n<>"\' ');
  expect(key('<Key>&#128512;é</Key>')).toBe('😀é');
  expect(key('<Key>007</Key>')).toBe('007');
  expect(key('<Key></Key>')).toBe('');
  expect(key('<Key/>')).toBe('');
  expect(key('<Other>x</Other>')).toBeUndefined();
});

it('reads elements in order, with or without a namespace', () => {
  const xml =
    '<?xml version="1.0"?>\n<s3:Delete xmlns:s3="http://s3.amazonaws.com/doc/2006-03-01/">\n <s3:Object><s3:Key>a</s3:Key></s3:Object>\n <s3:Object><s3:Key>b</s3:Key></s3:Object>\n</s3:Delete>';
  expect(xmlElements(parseXml(xml, 'Delete'), 'Object').map((one) => xmlText(one, 'Key'))).toEqual(['a', 'b']);
});

it.each([
  ['<Delete>', 'Delete'],
  ['<Delete/><Delete/>', 'Delete'],
  ['<Other/>', 'Delete'],
  ['not xml', 'Delete'],
  ['<!DOCTYPE Delete [<!ENTITY a "b">]><Delete><Key>&a;</Key></Delete>', 'Delete'],
  ['<Delete><Key>&a;</Key></Delete>', 'Delete'],
  ['<Delete><Key>&#xd800;</Key></Delete>', 'Delete'],
  ['<Delete><Key><![CDATA[a]]></Key></Delete>', 'Delete'],
  ['<Delete><Key>a</Key><Key>b</Key></Delete>', 'Delete'],
])('refuses %s', (xml, root) => {
  expect(() => xmlText(parseXml(xml, root), 'Key')).toThrow(expect.objectContaining({ s3Code: 'MalformedXML' }));
});
