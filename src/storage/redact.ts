/** Text without the query of a signed URL, which lets whoever reads it do what the signer may. */
export const withoutSignature = (text: string): string => text.replaceAll(/\?[^\s"'?]*X-Amz-[^\s"']*/gi, '?<signed>');

/** Text of a service without access keys, account ids, and the query of a signed URL. */
export const redact = (text: string): string =>
  withoutSignature(text)
    .replaceAll(/\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g, '<access key>')
    .replaceAll(/\b\d{12}\b/g, '<account>');
