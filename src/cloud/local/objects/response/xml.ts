/** An element: its name, and its text or its children. Children that are undefined are left out. */
export type XmlElement = readonly [name: string, content: XmlContent];
export type XmlContent = string | number | boolean | readonly (XmlElement | undefined)[];

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** A document of S3's, in its namespace; error documents have none. */
export function renderXml([name, content]: XmlElement, namespace: 's3' | 'none' = 's3'): string {
  const attribute = namespace === 's3' ? ` xmlns="${NAMESPACE}"` : '';
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name}${attribute}>${renderContent(content)}</${name}>`;
}

function renderContent(content: XmlContent): string {
  if (typeof content === 'string') return escapeText(content);
  if (typeof content === 'number' || typeof content === 'boolean') return String(content);
  return content
    .filter((child) => child !== undefined)
    .map(([name, inner]) => `<${name}>${renderContent(inner)}</${name}>`)
    .join('');
}

const NAMED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Control characters become references, as S3 sends them, although XML 1.0 allows only three of them. */
function escapeText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: keys may hold any character
  return text.replace(/[&<>"\u0000-\u001f\u007f]/g, (char) => NAMED[char] ?? `&#x${char.charCodeAt(0).toString(16)};`);
}
