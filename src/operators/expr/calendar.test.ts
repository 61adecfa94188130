import { expect, it } from 'vitest';
import { addMonths, civilFromDays, daysFromCivil, daysInMonth } from './calendar.ts';

it('counts the days of 800 years one by one', () => {
  let days = daysFromCivil({ year: 1600, month: 1, day: 1 });
  for (let year = 1600; year < 2400; year++) {
    for (let month = 1; month <= 12; month++) {
      const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
      expect(daysInMonth(year, month)).toBe(length);
      for (let day = 1; day <= length; day++) {
        if (daysFromCivil({ year, month, day }) !== days) throw new Error(`${year}-${month}-${day}`);
        const civil = civilFromDays(days);
        if (civil.year !== year || civil.month !== month || civil.day !== day) throw new Error(String(days));
        days++;
      }
    }
  }
  expect(days).toBe(Date.UTC(2400, 0, 1) / 86_400_000);
});

it('reaches the ends of the range of dates', () => {
  for (const days of [-2147483648, 2147483647, 0, -1]) expect(daysFromCivil(civilFromDays(days))).toBe(days);
  expect(civilFromDays(-719528)).toEqual({ year: 0, month: 1, day: 1 });
});

it('adds months backwards over years', () => {
  expect(civilFromDays(addMonths(daysFromCivil({ year: 2024, month: 1, day: 31 }), -11))).toEqual({
    year: 2023,
    month: 2,
    day: 28,
  });
});
