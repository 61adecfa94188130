import { expect, it } from 'vitest';
import { resolveFunctionName } from './function-name.ts';

it.each([
  'f',
  'f:$LATEST',
  'function:f',
  '000000000000:function:f',
  'arn:aws:lambda:us-east-1:000000000000:function:f',
])('%s is f', (reference) => {
  expect(resolveFunctionName(reference, undefined, 'us-east-1')).toBe('f');
  expect(resolveFunctionName(reference, '$LATEST', 'us-east-1')).toBe('f');
});

const NOT_FOUND = 'Function not found: arn:aws:lambda:';
it.each([
  ['f:1', undefined, `${NOT_FOUND}us-east-1:000000000000:function:f:1`],
  ['f', 'live', `${NOT_FOUND}us-east-1:000000000000:function:f:live`],
  ['arn:aws:lambda:us-west-2:000000000000:function:f', undefined, `${NOT_FOUND}us-west-2:000000000000:function:f`],
  ['111122223333:function:f', undefined, `${NOT_FOUND}us-east-1:111122223333:function:f`],
  ['f:1', '2', 'The derived qualifier from the function name does not match the specified qualifier.'],
])('%s with qualifier %s is refused', (reference, qualifier, message) => {
  expect(() => resolveFunctionName(reference, qualifier, 'us-east-1')).toThrow(message);
});

it('must look like a name', () => {
  expect(() => resolveFunctionName('a b', undefined, 'us-east-1')).toThrow(
    /^1 validation error detected: Value 'a b' at 'functionName' failed to satisfy constraint: /,
  );
});
