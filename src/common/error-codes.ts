/** The subclasses of SquallError; each code belongs to one. */
export type ErrorClass =
  | 'SqlSyntaxError'
  | 'BindError'
  | 'UnsupportedError'
  | 'ExecutionError'
  | 'ResourceError'
  | 'StorageError'
  | 'InvokeError'
  | 'CancelledError'
  | 'InternalError';

export interface ErrorCodeEntry {
  readonly class: ErrorClass;
  readonly meaning: string;
  /** What whoever sees it can do. */
  readonly action: string;
}

/**
 * Every code an error of Squall can have, with its one meaning: SQ1xxx the query text and settings, SQ2xxx unsupported, SQ3xxx data,
 * SQ4xxx resources, SQ5xxx storage, SQ6xxx functions, SQ7xxx cancelled, SQ9xxx our own bug. A code is never used again for something
 * else. docs/errors.md is made from this table.
 */
export const ERROR_CODES = {
  SQ1001: {
    class: 'SqlSyntaxError',
    meaning: 'the text is not SQL',
    action: 'look at the caret and the hint',
  },
  SQ1090: {
    class: 'BindError',
    meaning: 'a TPC-H scale factor is not a multiple of 0.001',
    action: 'give another scale factor',
  },
  SQ1091: {
    class: 'BindError',
    meaning: 'a number given to the TPC-H generator is not a whole number above 0',
    action: 'give a whole number',
  },
  SQ1101: {
    class: 'BindError',
    meaning: 'a table does not exist, or is not named in FROM',
    action: 'use a name of the hint, a registered table or the location of files',
  },
  SQ1102: { class: 'BindError', meaning: 'a column does not exist', action: 'use a name of the hint' },
  SQ1103: {
    class: 'BindError',
    meaning: 'a name stands for several columns',
    action: 'write the table before it, or give an alias',
  },
  SQ1104: {
    class: 'BindError',
    meaning: 'there is no function, or field of EXTRACT, of that name',
    action: 'see functions.md',
  },
  SQ1105: {
    class: 'BindError',
    meaning: 'operands, arguments or rows have types, or a number, that do not fit',
    action: 'add a cast, or give the number asked for',
  },
  SQ1106: {
    class: 'BindError',
    meaning: 'an aggregate, *, or a column stands where it cannot stand',
    action: 'group by the column or aggregate it; filter aggregates in HAVING',
  },
  SQ1107: {
    class: 'BindError',
    meaning: 'there is no type of that name, or its modifier is out of range',
    action: 'see sql.md for the types',
  },
  SQ1108: {
    class: 'BindError',
    meaning: 'a literal is not a value of its type',
    action: 'correct the literal',
  },
  SQ1109: {
    class: 'BindError',
    meaning: 'a number in ORDER BY or GROUP BY is not a position of the select list',
    action: 'give a position of the select list, or the column',
  },
  SQ1110: {
    class: 'BindError',
    meaning: 'files of one table disagree about the type of a column',
    action: 'query the files apart, and cast',
  },
  SQ1111: { class: 'BindError', meaning: 'WITH gives one name twice', action: 'give each query its own name' },
  SQ1112: {
    class: 'BindError',
    meaning: 'a parameter has no value, or a value has no parameter',
    action: 'give each parameter of the query one value',
  },
  SQ1113: {
    class: 'BindError',
    meaning: 'a view is there already, or the one to drop is not',
    action: 'use OR REPLACE or IF EXISTS',
  },
  SQ1114: {
    class: 'BindError',
    meaning: 'a window is defined in a way that contradicts itself',
    action: 'correct the window as the message says',
  },
  SQ1115: {
    class: 'BindError',
    meaning: 'FROM gives two tables one name',
    action: 'give one of them another alias',
  },
  SQ1116: {
    class: 'BindError',
    meaning: 'folders of a partitioned table do not name one set of columns with values of their types',
    action: 'name files of one layout, or read them with hive_partitioning => false',
  },
  SQ1301: { class: 'BindError', meaning: 'a setting has a value that it cannot have', action: 'see settings.md' },
  SQ1302: {
    class: 'BindError',
    meaning: 'the target aws lacks a place on S3 for temporary objects',
    action: 'set the setting that the hint names',
  },
  SQ1303: { class: 'BindError', meaning: 'two settings contradict each other', action: 'give one of them' },
  SQ1304: { class: 'BindError', meaning: 'a setting does not exist', action: 'use a name of the hint' },
  SQ2001: {
    class: 'UnsupportedError',
    meaning: 'a part of SQL is not supported yet',
    action: 'see sql.md for what is; the hint names another way where there is one',
  },
  SQ2005: {
    class: 'UnsupportedError',
    meaning: 'queries inside expressions are not supported yet',
    action: 'run the inner query first',
  },
  SQ2007: {
    class: 'UnsupportedError',
    meaning: 'a form of EXPLAIN is not supported yet',
    action: 'use the options that the hint names',
  },
  SQ2008: {
    class: 'UnsupportedError',
    meaning: 'writing tables and files is not supported yet',
    action: 'run the query and write its result',
  },
  SQ2090: {
    class: 'UnsupportedError',
    meaning: 'a TPC-H scale factor is above the largest that is generated',
    action: 'give a smaller one',
  },
  SQ2091: {
    class: 'UnsupportedError',
    meaning: 'a column has a type that the Parquet writer does not write',
    action: 'cast the column',
  },
  SQ2301: {
    class: 'UnsupportedError',
    meaning: 'values of a type cannot be processed, compared or printed yet',
    action: 'cast them to another type',
  },
  SQ2302: { class: 'UnsupportedError', meaning: 'a Parquet file is encrypted', action: 'decrypt the file first' },
  SQ2303: {
    class: 'UnsupportedError',
    meaning: 'a column of a Parquet file cannot be read: its type is unknown, or its name is there twice',
    action: 'select other columns',
  },
  SQ2304: {
    class: 'UnsupportedError',
    meaning: 'a Parquet file has a codec or a layout that is not read',
    action: 'write the file again with Snappy or Zstandard',
  },
  SQ2305: {
    class: 'UnsupportedError',
    meaning: 'an Arrow column has a type that is not read',
    action: 'cast the column before it is sent',
  },
  SQ2306: {
    class: 'UnsupportedError',
    meaning: 'the Node.js that runs a task cannot compress with zstd',
    action: 'use Node.js 22.15 or newer, or `--compression lz4`',
  },
  SQ3001: {
    class: 'ExecutionError',
    meaning: 'a message between driver and worker cannot be understood',
    action: 'check that nothing but Squall invokes the function',
  },
  SQ3002: {
    class: 'ExecutionError',
    meaning: 'a result does not fit its type',
    action: 'cast the operands to a wider type',
  },
  SQ3003: { class: 'ExecutionError', meaning: 'division by zero', action: 'divide by nullif(x, 0)' },
  SQ3004: {
    class: 'ExecutionError',
    meaning: 'a value cannot be cast to the type',
    action: 'filter out the values that do not fit',
  },
  SQ3005: {
    class: 'ExecutionError',
    meaning: 'a mathematical function is not defined for its argument',
    action: 'filter out such arguments',
  },
  SQ3006: {
    class: 'ExecutionError',
    meaning: 'the result of a query was read a second time',
    action: 'run the query again, or keep the rows',
  },
  SQ3007: {
    class: 'ExecutionError',
    meaning: 'a function or LIKE got an argument that it does not take, for one row at least',
    action: 'correct the argument; see functions.md',
  },
  SQ3008: {
    class: 'ExecutionError',
    meaning: 'bytes between functions are not the Arrow stream they should be',
    action: 'run the query again; report it when it comes again',
  },
  SQ3009: {
    class: 'ExecutionError',
    meaning: 'a query inside an expression gave more than one row',
    action: 'aggregate in it, or add LIMIT 1',
  },
  SQ3101: { class: 'ExecutionError', meaning: 'an object is not a Parquet file', action: 'narrow the pattern' },
  SQ3102: { class: 'ExecutionError', meaning: 'the footer cannot be parsed', action: 'write the file again' },
  SQ3103: { class: 'ExecutionError', meaning: 'the footer contradicts itself', action: 'write the file again' },
  SQ3104: {
    class: 'ExecutionError',
    meaning: 'a column chunk lies where it cannot lie',
    action: 'write the file again',
  },
  SQ3105: { class: 'ExecutionError', meaning: 'pages cannot be decoded', action: 'write the file again' },
  SQ3106: {
    class: 'ExecutionError',
    meaning: 'decoded rows differ from declared rows',
    action: 'write the file again',
  },
  SQ3107: {
    class: 'ExecutionError',
    meaning: 'a column of a file has another type, or other NULLs, than the table says',
    action: 'query the files apart',
  },
  SQ3108: {
    class: 'ExecutionError',
    meaning: 'a stored value does not fit its SQL type',
    action: 'select other columns, or write the file again',
  },
  SQ3109: {
    class: 'ExecutionError',
    meaning: 'a page has another checksum than its header says',
    action: 'restore the file: its bytes have changed',
  },
  SQ4001: {
    class: 'ResourceError',
    meaning: 'a task needs more memory than it has',
    action: 'use more workers, or functions with more memory',
  },
  SQ4002: {
    class: 'ResourceError',
    meaning: 'a batch holds more than 2 GiB of text in one column',
    action: 'use more workers',
  },
  SQ4005: {
    class: 'ResourceError',
    meaning: 'a query is nested too deeply',
    action: 'use WITH, or IN for chains of OR',
  },
  SQ4006: {
    class: 'ResourceError',
    meaning: 'a task did not finish before its deadline',
    action: 'use more workers, or a longer timeout',
  },
  SQ4007: {
    class: 'ResourceError',
    meaning: 'a task has put aside more rows than it has space for',
    action: 'use more workers, or functions with more space in /tmp',
  },
  SQ4011: {
    class: 'ResourceError',
    meaning: 'a function took no invocation for 15 minutes',
    action: "look at the function's reserved concurrency and the account's limit",
  },
  SQ4012: {
    class: 'ResourceError',
    meaning: 'a direct exchange needs more functions at once than may run',
    action: 'set exchange to objects, raise the concurrency, or use fewer workers',
  },
  SQ4013: {
    class: 'ResourceError',
    meaning: 'functions of this target cannot be connected for a direct exchange',
    action: 'set exchange to objects',
  },
  SQ4014: {
    class: 'ResourceError',
    meaning: 'a direct exchange needs more links of one function than it can have',
    action: 'leave the levels open, set exchange to objects, or use fewer workers',
  },
  SQ4090: {
    class: 'ResourceError',
    meaning: "the TPC-H generator's threads are not built",
    action: 'run `npm run build`',
  },
  SQ5001: { class: 'StorageError', meaning: 'the object does not exist', action: 'check the location' },
  SQ5002: { class: 'StorageError', meaning: 'the bucket does not exist', action: 'check its name' },
  SQ5003: { class: 'StorageError', meaning: 'access denied', action: 'allow what the hint names' },
  SQ5004: {
    class: 'StorageError',
    meaning: 'credentials are missing, expired or unknown, or the clock is wrong',
    action: 'see the hint',
  },
  SQ5005: {
    class: 'StorageError',
    meaning: 'the object has changed since the query began',
    action: 'run the query again',
  },
  SQ5006: {
    class: 'StorageError',
    meaning: 'the bucket is in another region, or the region is unknown',
    action: 'set the region',
  },
  SQ5007: {
    class: 'StorageError',
    meaning: 'the range lies outside the object',
    action: 'run the query again; report it when it comes again',
  },
  SQ5008: {
    class: 'StorageError',
    meaning: 'the store asks to slow down, and did so until Squall gave up',
    action: 'use fewer workers, or try later',
  },
  SQ5009: {
    class: 'StorageError',
    meaning: 'the store could not be reached, or failed',
    action: 'check the endpoint and the network',
  },
  SQ5010: {
    class: 'StorageError',
    meaning: 'the answer is short or damaged',
    action: 'try again; check proxies in between',
  },
  SQ5011: { class: 'StorageError', meaning: 'no object matches the pattern', action: 'check the pattern' },
  SQ5012: {
    class: 'StorageError',
    meaning: 'a text is not a location that Squall can read',
    action: 'write s3://bucket/key, file:///path or a path',
  },
  SQ5013: {
    class: 'StorageError',
    meaning: 'it is unknown whether a conditional write took place',
    action: 'look at the object; delete it to write it again',
  },
  SQ5014: { class: 'StorageError', meaning: 'the store refused the request', action: 'see the message' },
  SQ5015: { class: 'StorageError', meaning: 'the disk is full or read-only', action: 'make room' },
  SQ5016: { class: 'StorageError', meaning: 'some keys were not deleted', action: 'delete them by hand' },
  SQ5017: { class: 'StorageError', meaning: 'the output cannot be written', action: 'see the message' },
  SQ5100: {
    class: 'StorageError',
    meaning: 'the embedded S3 server refused a request; clients see its S3 error code',
    action: 'see the log',
  },
  SQ5101: {
    class: 'StorageError',
    meaning: 'the port for the embedded objects is not free',
    action: 'give another port',
  },
  SQ5102: {
    class: 'StorageError',
    meaning: 'a rule for faults of the embedded S3 server cannot be',
    action: 'see the message',
  },
  SQ6001: {
    class: 'InvokeError',
    meaning: 'an invocation failed before the function ran, or its answer was lost',
    action: 'see the message; check the network',
  },
  SQ6002: {
    class: 'InvokeError',
    meaning: 'a function ran out of time',
    action: 'use more workers, or a longer function timeout',
  },
  SQ6003: {
    class: 'InvokeError',
    meaning: 'a function ran out of memory',
    action: 'use more workers, or functions with more memory',
  },
  SQ6004: { class: 'InvokeError', meaning: 'a function died', action: "see the function's log below the error" },
  SQ6005: {
    class: 'InvokeError',
    meaning: 'a function answered with something else than the report of its task',
    action: 'deploy the worker of this version',
  },
  SQ6006: {
    class: 'InvokeError',
    meaning: 'driver and worker speak different protocols',
    action: 'deploy the worker of this version',
  },
  SQ6007: { class: 'InvokeError', meaning: 'there is no function of that name', action: 'deploy it, or set its name' },
  SQ6008: {
    class: 'InvokeError',
    meaning: 'the function may not be invoked, or there are no credentials',
    action: 'allow lambda:InvokeFunction, or give credentials',
  },
  SQ6009: {
    class: 'InvokeError',
    meaning: 'the service refused a task as too large',
    action: 'use more workers, so that each task lists fewer row groups',
  },
  SQ6010: {
    class: 'InvokeError',
    meaning: 'the link to another function broke before all rows had come, or that function died',
    action: 'Squall runs both stages again; force exchange objects when it comes again',
  },
  SQ6011: {
    class: 'InvokeError',
    meaning: 'functions that should exchange rows directly did not find each other',
    action: 'Squall runs both stages again; force exchange objects when it comes again',
  },
  SQ6012: {
    class: 'InvokeError',
    meaning: 'what came over a link is not what its sender says it sent',
    action: 'run the query again; report it when it comes again',
  },
  SQ6013: {
    class: 'InvokeError',
    meaning: 'a task that was started early waited for the tasks before it until its time was over',
    action: 'Squall starts it again; use a longer function timeout when it comes again',
  },
  SQ6014: {
    class: 'InvokeError',
    meaning: 'a function that another function invoked was not heard of again',
    action: 'Squall starts the task again; see the logs of the functions when it comes again',
  },
  SQ6020: {
    class: 'InvokeError',
    meaning: 'the function bundle is not built',
    action: 'run `npm run build`, or install the package again',
  },
  SQ6021: {
    class: 'InvokeError',
    meaning: 'the embedded functions refused a request; clients see the exception of the Invoke API',
    action: 'see the message',
  },
  SQ6022: {
    class: 'InvokeError',
    meaning: 'a function cannot be defined so',
    action: 'correct the setting that the message names',
  },
  SQ6023: {
    class: 'InvokeError',
    meaning: 'the port for the embedded functions is not free',
    action: 'give another port',
  },
  SQ7000: { class: 'CancelledError', meaning: 'the query was cancelled', action: 'run it again' },
  SQ7001: { class: 'CancelledError', meaning: 'the session was closed', action: 'open another' },
  SQ9000: { class: 'InternalError', meaning: 'a bug in Squall', action: 'report it with the query' },
} as const satisfies Readonly<Record<`SQ${number}`, ErrorCodeEntry>>;

export type ErrorCode = keyof typeof ERROR_CODES;
