import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { Exchange } from '../exchange.ts';
import { malformedXml } from '../s3-error.ts';
import { receive } from './receive.ts';

/** An element without text: its children by name, several of one name in order. */
export type XmlChildren = ReadonlyMap<string, readonly XmlValue[]>;
export type XmlValue = string | XmlChildren;

const MAX_XML_BYTES = 2 << 20;
const TEXT = '#text';
const CDATA = '#cdata';

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  processEntities: false,
  trimValues: false,
  removeNSPrefix: true,
  cdataPropName: CDATA,
  isArray: () => true,
});

/** The root element of a request's XML body, proven like any body. Undefined when there is no body. */
export async function receiveXml(exchange: Exchange, root: string): Promise<XmlChildren | undefined> {
  const pieces: Uint8Array[] = [];
  await receive(exchange, { maxBytes: MAX_XML_BYTES, write: (bytes) => void pieces.push(bytes) });
  const text = Buffer.concat(pieces).toString('utf8');
  return text === '' ? undefined : parseXml(text, root);
}

/** Throws MalformedXML for what is not well-formed, has another root, or uses DTDs, entities of its own or CDATA. */
export function parseXml(text: string, root: string): XmlChildren {
  if (text.includes('<!DOCTYPE') || text.includes('<!ENTITY')) throw malformedXml('it has a DOCTYPE');
  const validity = XMLValidator.validate(text);
  if (validity !== true) throw malformedXml(validity.err.msg);
  const roots = childrenOf(parser.parse(text) as ParsedElement);
  const value = roots.get(root)?.[0];
  if (value === undefined || roots.size > 1 || roots.get(root)?.length !== 1)
    throw malformedXml(`its root is not ${root}`);
  return typeof value === 'string' ? new Map() : value;
}

type ParsedElement = Record<string, readonly (ParsedElement | string)[] | string>;

function childrenOf(parsed: ParsedElement): Map<string, XmlValue[]> {
  const children = new Map<string, XmlValue[]>();
  for (const [name, values] of Object.entries(parsed)) {
    if (name === CDATA) throw malformedXml('it has a CDATA section');
    if (name !== TEXT && typeof values !== 'string') children.set(name, values.map(toValue));
  }
  return children;
}

const toValue = (parsed: ParsedElement | string): XmlValue =>
  typeof parsed === 'string' ? decodeReferences(parsed) : childrenOf(parsed);

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeReferences(text: string): string {
  return text.replace(/&([^;]*);?/g, (reference, name: string) => {
    const named = NAMED[name];
    if (named !== undefined && reference.endsWith(';')) return named;
    const match = /^&#(?:x([0-9a-f]{1,6})|(\d{1,7}));$/i.exec(reference);
    const code = match && Number.parseInt(match[1] ?? (match[2] as string), match[1] === undefined ? 10 : 16);
    if (code === null || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
      throw malformedXml(`it has the reference ${reference.slice(0, 40)}`);
    }
    return String.fromCodePoint(code);
  });
}

/** The text of the only child of that name; undefined when there is none. */
export function xmlText(element: XmlChildren, name: string): string | undefined {
  const values = element.get(name);
  if (values === undefined) return undefined;
  if (values.length === 1 && typeof values[0] === 'string') return values[0];
  throw malformedXml(`${name} is not a single text`);
}

/** The children of that name that are elements with children. */
export function xmlElements(element: XmlChildren, name: string): XmlChildren[] {
  return (element.get(name) ?? []).map((value) => {
    if (typeof value === 'string') throw malformedXml(`${name} is empty`);
    return value;
  });
}
