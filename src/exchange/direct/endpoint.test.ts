import { describe, expect, it } from 'vitest';
import { attemptId } from '../../common/ids.ts';
import { asEndpoint, type Endpoint, waysOf } from './endpoint.ts';

const at = (more: Partial<Endpoint>): Endpoint => ({
  attempt: attemptId(0),
  seen: null,
  own: null,
  listens: null,
  ...more,
});

describe('the ways between two ends', () => {
  const open = at({ seen: { address: '127.0.0.1', port: 1 }, own: '127.0.0.1', listens: 2 });
  const behind = (nat: string, own: string, listens: number | null) =>
    at({ seen: { address: nat, port: 1 }, own, listens });

  it('are none when one of them does not know its address', () => {
    expect(waysOf(at({}), open)).toEqual([]);
    expect(waysOf(open, at({}))).toEqual([]);
  });

  it('are direct when nothing translates the address of the consumer', () => {
    expect(waysOf(open, open)).toEqual(['direct', 'punch']);
    expect(waysOf(behind('198.51.100.1', '10.0.0.1', null), open)).toEqual(['direct', 'punch']);
  });

  it('are punching behind two NATs, or behind that of the consumer', () => {
    expect(waysOf(behind('198.51.100.1', '10.0.0.1', null), behind('198.51.100.2', '10.0.0.1', 5))).toEqual(['punch']);
    expect(waysOf(open, behind('198.51.100.2', '10.0.0.1', 5))).toEqual(['punch']);
  });

  it('are direct behind one NAT', () => {
    expect(waysOf(behind('198.51.100.1', '10.0.0.1', null), behind('198.51.100.1', '10.0.0.2', 5))).toEqual([
      'direct',
      'punch',
    ]);
  });

  it('are punching to a consumer that does not listen', () => {
    expect(waysOf(open, { ...open, listens: null })).toEqual(['punch']);
  });
});

describe('an endpoint from elsewhere', () => {
  const good = { attempt: 1, seen: { address: '10.0.0.1', port: 65_535 }, own: '10.0.0.1', listens: 80 };

  it('is taken as it is', () => {
    expect(asEndpoint(good)).toEqual(good);
    expect(asEndpoint({ attempt: 0, seen: null, own: null, listens: null })).not.toBeNull();
  });

  it.each([
    null,
    'text',
    {},
    { ...good, attempt: -1 },
    { ...good, attempt: 0.5 },
    { ...good, seen: { address: '10.0.0.1', port: 0 } },
    { ...good, seen: { address: '10.0.0.1', port: 65_536 } },
    { ...good, seen: { address: 1, port: 2 } },
    { ...good, seen: 'x' },
    { ...good, own: 1 },
    { ...good, listens: '80' },
  ])('is refused when it is %j', (value) => expect(asEndpoint(value)).toBeNull());
});
