import type { SquallError } from '../common/errors.ts';
import { BLOB, type Field, type SqlType, typeName } from '../common/types.ts';
import { primitiveType } from './column-type.ts';
import type { PhysicalType } from './row-group-input.ts';
import type { SchemaElement, TimeUnit } from './schema-element.ts';

/** A top-level column of a Parquet file. */
export interface ParquetColumn extends Field {
  /** Whether its values can be read; every column can be listed. */
  readonly supported: boolean;
  /** Why they cannot. */
  readonly reason?: string;
  /** Its column chunk in a row group; absent for nested columns, which have several or none. */
  readonly leaf?: ParquetLeaf;
}

/** A primitive column that is not nested: one column chunk in every row group, one value a row. */
export interface ParquetLeaf {
  /** Position among the column chunks of a row group. */
  readonly index: number;
  readonly path: readonly string[];
  readonly physicalType: PhysicalType;
  readonly typeLength?: number;
  readonly timeUnit?: TimeUnit;
  readonly optional: boolean;
  /** The format defines an order for the type, so that statistics mean something. */
  readonly orderDefined: boolean;
}

export interface ParquetSchema {
  readonly columns: readonly ParquetColumn[];
  /** Column chunks in every row group. */
  readonly leafCount: number;
}

const MAX_DEPTH = 100;

/** Builds the columns from the depth-first list of elements; what `fail` makes of a reason is thrown. */
export function buildSchema(elements: readonly SchemaElement[], fail: (why: string) => SquallError): ParquetSchema {
  let next = 0;
  let leaves = 0;
  const root = take();
  if (root.element.physicalType !== undefined) throw fail('the root of the schema is not a group');
  if (next < elements.length) throw fail(`${elements.length - next} schema elements belong to no group`);
  const columns: ParquetColumn[] = [];
  for (const node of root.children) columns.push(toColumn(node));
  return { columns, leafCount: leaves };

  function take(depth = 0): SchemaNode {
    const element = elements[next++];
    if (element === undefined) throw fail('the schema ends inside a group');
    if (depth > MAX_DEPTH) throw fail(`the schema is nested deeper than ${MAX_DEPTH}`);
    if (element.physicalType !== undefined && element.children > 0) {
      throw fail(`the primitive column "${element.name}" has children`);
    }
    if (element.physicalType === undefined && element.children === 0 && depth > 0) {
      throw fail(`the group "${element.name}" has no children`);
    }
    const firstLeaf = leaves;
    if (element.physicalType !== undefined) leaves++;
    const children: SchemaNode[] = [];
    for (let i = 0; i < element.children; i++) children.push(take(depth + 1));
    return { element, children, firstLeaf };
  }
}

interface SchemaNode {
  readonly element: SchemaElement;
  readonly children: readonly SchemaNode[];
  readonly firstLeaf: number;
}

function toColumn(node: SchemaNode): ParquetColumn {
  const { element, firstLeaf } = node;
  const { name, physicalType, typeLength, repetition } = element;
  const nullable = repetition !== 'required';
  if (physicalType === undefined || repetition === 'repeated') {
    const type = nestedType(node);
    return { name, type, nullable, supported: false, reason: `its type is nested: ${typeName(type)}` };
  }
  const { type, timeUnit, unsupported } = primitiveType({ ...element, physicalType });
  const leaf: ParquetLeaf = {
    index: firstLeaf,
    path: [name],
    physicalType,
    optional: nullable,
    orderDefined: physicalType !== 'INT96' && type.kind !== 'interval' && unsupported === undefined,
    ...(physicalType === 'FIXED_LEN_BYTE_ARRAY' && typeLength !== undefined && { typeLength }),
    ...(timeUnit !== undefined && { timeUnit }),
  };
  if (unsupported !== undefined) return { name, type, nullable, supported: false, reason: unsupported, leaf };
  return { name, type, nullable, supported: true, leaf };
}

function nestedType(node: SchemaNode): SqlType {
  const single = unrepeatedType(node);
  return node.element.repetition === 'repeated' ? { kind: 'list', element: single } : single;
}

function unrepeatedType({ element, children }: SchemaNode): SqlType {
  const { physicalType, logical } = element;
  if (physicalType !== undefined) return primitiveType({ ...element, physicalType }).type;
  const [first] = children;
  if (first === undefined) return BLOB;
  if (children.length === 1 && first.element.repetition === 'repeated') {
    const [key, value] = first.children;
    if ((logical?.kind === 'map' || logical?.kind === 'mapKeyValue') && key && value) {
      return { kind: 'map', key: nestedType(key), value: nestedType(value) };
    }
    if (logical?.kind === 'list') return { kind: 'list', element: listElement(element.name, first) };
  }
  return {
    kind: 'struct',
    fields: children.map((child) => ({
      name: child.element.name,
      type: nestedType(child),
      nullable: child.element.repetition !== 'required',
    })),
  };
}

/** The repeated group of a LIST is a wrapper, except in the legacy two-level forms. */
function listElement(list: string, repeated: SchemaNode): SqlType {
  const [only, ...others] = repeated.children;
  const { name } = repeated.element;
  const wrapper = only && others.length === 0 && name !== 'array' && name !== `${list}_tuple`;
  return wrapper ? nestedType(only) : unrepeatedType(repeated);
}
