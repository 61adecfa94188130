import { DEFAULT_SETTINGS, type Settings } from '../statements/settings.ts';
import { NO_VIEWS, type Views } from '../statements/views.ts';
import { Parameters } from './parameters.ts';

/** What a statement takes from the session that runs it. */
export interface BindSession {
  /** When the statement began, microseconds since 1970 in UTC: what now() says. */
  readonly now: bigint;
  readonly settings: Settings;
  readonly parameters: Parameters;
  readonly views: Views;
}

export const bindSession = (parts: Partial<BindSession> & Pick<BindSession, 'now'>): BindSession => ({
  settings: DEFAULT_SETTINGS,
  parameters: new Parameters(),
  views: NO_VIEWS,
  ...parts,
});
