import { compareUtf8 } from '../../../../common/utf8-order.ts';
import type { Exchange } from '../exchange.ts';
import { sendXml } from '../response/send.ts';
import type { XmlElement } from '../response/xml.ts';
import type { Upload } from '../store/upload-files.ts';
import { OWNER } from './buckets.ts';
import { MAX_KEYS, readCount, textEncoder } from './list-objects.ts';

export async function listMultipartUploads({ request, response, store, uploads }: Exchange): Promise<void> {
  await store.requireBucket(request.bucket);
  const parameter = (name: string) => request.query.get(name) ?? '';
  const [prefix, delimiter, keyMarker, idMarker] = ['prefix', 'delimiter', 'key-marker', 'upload-id-marker'].map(
    parameter,
  ) as [string, string, string, string];
  const maxUploads = readCount(request, 'max-uploads', MAX_KEYS);
  const isAfter = ({ key, id }: Upload) => {
    const order = compareUtf8(key, keyMarker);
    if (order === 0) return idMarker !== '' && keyMarker !== '' && id > idMarker;
    return order > 0 && !(delimiter !== '' && keyMarker.endsWith(delimiter) && key.startsWith(keyMarker));
  };
  const wanted = (await uploads.list(request.bucket)).filter((upload) => upload.key.startsWith(prefix));
  const page: Upload[] = [];
  const commonPrefixes: string[] = [];
  let next: { key: string; id: string } | undefined;
  let isTruncated = false;
  for (const upload of keyMarker === '' ? wanted : wanted.filter(isAfter)) {
    const at = delimiter === '' ? -1 : upload.key.indexOf(delimiter, prefix.length);
    const common = at < 0 ? undefined : upload.key.slice(0, at + delimiter.length);
    if (common !== undefined && commonPrefixes.at(-1) === common) continue;
    if (page.length + commonPrefixes.length === maxUploads) {
      isTruncated = maxUploads > 0;
      break;
    }
    if (common === undefined) page.push(upload);
    else commonPrefixes.push(common);
    next = { key: common ?? upload.key, id: common === undefined ? upload.id : '' };
  }
  const text = textEncoder(request);
  sendXml(response, [
    'ListMultipartUploadsResult',
    [
      ['Bucket', request.bucket],
      ['KeyMarker', text(keyMarker)],
      ['UploadIdMarker', idMarker],
      isTruncated && next ? ['NextKeyMarker', text(next.key)] : undefined,
      isTruncated && next ? ['NextUploadIdMarker', next.id] : undefined,
      ['Prefix', text(prefix)],
      delimiter === '' ? undefined : ['Delimiter', text(delimiter)],
      ['MaxUploads', maxUploads],
      request.query.get('encoding-type') ? ['EncodingType', 'url'] : undefined,
      ['IsTruncated', isTruncated],
      ...page.map((upload): XmlElement => ['Upload', uploadXml(upload, text)]),
      ...commonPrefixes.map((common): XmlElement => ['CommonPrefixes', [['Prefix', text(common)]]]),
    ],
  ]);
}

function uploadXml(
  { key, id, initiated, checksum }: Upload,
  text: (key: string) => string,
): (XmlElement | undefined)[] {
  return [
    ['Key', text(key)],
    ['UploadId', id],
    ['Initiator', OWNER[1]],
    OWNER,
    ['StorageClass', 'STANDARD'],
    ['Initiated', new Date(initiated).toISOString()],
    checksum && ['ChecksumAlgorithm', checksum.algorithm.toUpperCase()],
    checksum && ['ChecksumType', checksum.type],
  ];
}
