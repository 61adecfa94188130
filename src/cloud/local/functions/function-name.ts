import { functionNotFound, invalidParameter, ServiceException } from './service-exception.ts';

/** The account that embedded functions belong to. */
export const LOCAL_ACCOUNT = '000000000000';
export const LATEST = '$LATEST';

export const functionArn = (region: string, name: string): string =>
  `arn:aws:lambda:${region}:${LOCAL_ACCOUNT}:function:${name}`;

const REFERENCE =
  /^(?:arn:(?:aws[a-zA-Z-]*)?:lambda:)?(?:([a-z]{2}(?:-[a-z]+)+-\d):)?(?:(\d{12}):)?(?:function:)?([a-zA-Z0-9-_]+)(?::(\$LATEST|[a-zA-Z0-9-_]+))?$/;

/**
 * The name in `Name`, `Name:qualifier`, `account:function:Name` or a full ARN. Embedded functions have no published
 * versions and no aliases: every qualifier but `$LATEST` is a function that does not exist.
 */
export function resolveFunctionName(reference: string, qualifier: string | undefined, region: string): string {
  const match = REFERENCE.exec(reference);
  if (!match) {
    throw new ServiceException(
      400,
      'ValidationException',
      `1 validation error detected: Value '${reference}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${REFERENCE.source}`,
    );
  }
  const [, inRegion, account, name, inName] = match as unknown as [string, ...(string | undefined)[]];
  if (inName !== undefined && qualifier !== undefined && inName !== qualifier) {
    throw invalidParameter('The derived qualifier from the function name does not match the specified qualifier.');
  }
  const asked = inName ?? qualifier ?? LATEST;
  if ((inRegion ?? region) !== region || (account ?? LOCAL_ACCOUNT) !== LOCAL_ACCOUNT || asked !== LATEST) {
    const suffix = asked === LATEST ? '' : `:${asked}`;
    throw functionNotFound(
      `arn:aws:lambda:${inRegion ?? region}:${account ?? LOCAL_ACCOUNT}:function:${name}${suffix}`,
    );
  }
  return name!;
}
