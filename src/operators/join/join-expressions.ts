import type { ExecutionContext } from '../execution.ts';
import { formatExpr } from '../expr/format.ts';
import { ExprEvaluator } from '../expr/generate/expr-evaluator.ts';
import { PredicateEvaluator } from '../expr/generate/predicate-evaluator.ts';
import { KeyWords } from './join-keys.ts';
import type { JoinSpec } from './join-spec.ts';

/** What a join computes over its inputs: made once, however often the inputs are split. */
export class JoinExpressions {
  readonly leftKeys: ExprEvaluator;
  readonly rightKeys: ExprEvaluator;
  /** Over all left, then all right columns. */
  readonly residual: PredicateEvaluator | null;
  readonly leftWords: KeyWords;
  readonly rightWords: KeyWords;

  constructor({ keys, left, right, residual }: JoinSpec, context: ExecutionContext) {
    this.leftKeys = new ExprEvaluator(
      keys.map((key) => key.left),
      left,
      context,
      'keys of the left side of a join',
    );
    this.rightKeys = new ExprEvaluator(
      keys.map((key) => key.right),
      right,
      context,
      'keys of the right side of a join',
    );
    this.residual =
      residual && new PredicateEvaluator(residual, [...left, ...right], context, `join on ${formatExpr(residual)}`);
    this.leftWords = new KeyWords(keys, context);
    this.rightWords = new KeyWords(keys, context);
  }

  free(): void {
    this.leftKeys.close();
    this.rightKeys.close();
    this.residual?.close();
    this.leftWords.free();
    this.rightWords.free();
  }
}
