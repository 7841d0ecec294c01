/** Stands for code that a block leaves out: a value of every type. */
declare const omitted: never;
