import type { QueryReport } from '../index.ts';
import { bytesText, countText, msText } from './units.ts';

const CLASSES = ['GET', 'PUT', 'LIST', 'HEAD', 'DELETE'] as const;

/** What a query took, a few lines for people. */
export function receipt(report: QueryReport): string {
  const { ms, stages, requests, predicted } = report;
  const tasks = stages.reduce((sum, stage) => sum + stage.tasks, 0);
  const rowsIn = stages[0]?.rowsIn ?? 0;
  const used = CLASSES.filter((name) => requests[name].requests > 0 || predicted.requests[name] > 0);
  const requestsText = used.map((name) => `${requests[name].requests} ${name} (${predicted.requests[name]} predicted)`);
  const peak = stages.reduce((max, stage) => Math.max(max, stage.memoryPeakBytes), 0);
  const lines = [
    `${countText(report.rows)} ${report.rows === 1 ? 'row' : 'rows'} · plan ${msText(ms.plan)} · run ${msText(ms.run)} · total ${msText(ms.total)}`,
    `${report.target}${report.note ? ` (${report.note})` : ''}: ${stages.length} stages · ${tasks} tasks · ` +
      `${report.invocations} invocations, ${report.coldStarts} cold · ${report.retries} retries · peak ${bytesText(peak)}`,
    `${countText(rowsIn)} rows read · ${bytesText(requests.GET.bytes)} · ${requestsText.join(' · ') || 'no requests'}`,
    `${report.gbSeconds.toFixed(2)} GB-s · ${report.dollars === null ? '$0 (nothing is billed here)' : dollarsText(report.dollars)}`,
  ];
  return lines.join('\n');
}

function dollarsText({ functions, requests, total, prices }: NonNullable<QueryReport['dollars']>): string {
  const money = (amount: number) => `$${amount.toFixed(6)}`;
  return `${money(total)} (functions ${money(functions)}, requests ${money(requests)}; ${prices.region} prices of ${prices.date})`;
}
