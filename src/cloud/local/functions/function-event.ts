import type { ProcessExit } from './function-error.ts';

/** Why an instance ended. */
export type InstanceEnd = 'idle' | 'timeout' | 'exit' | 'init' | 'closed';

/** What happens inside the server, for progress, reports and tests. Durations in ms. */
export type FunctionEvent =
  | { readonly kind: 'started'; readonly functionName: string; readonly instanceId: string; readonly pid: number }
  | { readonly kind: 'ready'; readonly functionName: string; readonly instanceId: string; readonly initMs: number }
  | {
      readonly kind: 'ended';
      readonly functionName: string;
      readonly instanceId: string;
      readonly why: InstanceEnd;
      readonly exit: ProcessExit;
    }
  | ({ readonly kind: 'invoked' } & InvocationReport)
  | { readonly kind: 'throttled'; readonly functionName: string }
  /** An asynchronous invocation failed for the last time. */
  | { readonly kind: 'dropped'; readonly functionName: string; readonly requestId: string; readonly why: string };

/** What a REPORT line says. */
export interface InvocationReport {
  readonly functionName: string;
  readonly instanceId: string;
  readonly requestId: string;
  readonly cold: boolean;
  readonly durationMs: number;
  /** Whole ms, with the start of the instance if this invocation caused it. */
  readonly billedMs: number;
  /** Of a cold invocation. */
  readonly initMs?: number;
  readonly memoryMb: number;
  /** Peak resident memory of the instance so far; absent where the system does not tell. */
  readonly maxMemoryMb?: number;
  /** Absent when the function succeeded. */
  readonly errorType?: string;
}

/** The line that Lambda writes after every invocation. */
export function reportLine(report: InvocationReport): string {
  const fields = [
    `REPORT RequestId: ${report.requestId}`,
    `Duration: ${report.durationMs.toFixed(2)} ms`,
    `Billed Duration: ${report.billedMs} ms`,
    `Memory Size: ${report.memoryMb} MB`,
  ];
  if (report.maxMemoryMb !== undefined) fields.push(`Max Memory Used: ${report.maxMemoryMb} MB`);
  if (report.initMs !== undefined) fields.push(`Init Duration: ${report.initMs.toFixed(2)} ms`);
  if (report.errorType === 'Sandbox.Timedout') fields.push('Status: timeout');
  else if (report.errorType !== undefined) fields.push('Status: error', `Error Type: ${report.errorType}`);
  return `${fields.join('\t')}\t`;
}
