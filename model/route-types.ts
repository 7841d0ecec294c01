/** Names of a route's path parameters: `"id"` of `"GET /orders/{id}"`. */
type PathNames<Route extends string> = Route extends `${string}{${infer Name}}${infer Rest}` ? Name | PathNames<Rest> : never;

/** What a path or query parameter can be. */
type Scalar = string | number | boolean | undefined;
type ScalarNames<Data> = { [Name in keyof Data & string]-?: Data[Name] extends Scalar ? Name : never }[keyof Data & string];

/** Fields of the data that a query parameter can carry. */
export type QueryNames<Data> = readonly ScalarNames<Data>[];

/** The route, if each of its path parameters is a text, number or boolean of the data; otherwise a type that says which is not. */
export type RouteWithin<Route extends string, Data> = [Exclude<PathNames<Route>, ScalarNames<Data>>] extends [never]
  ? unknown
  : {
      readonly error: `the path names {${Exclude<PathNames<Route>, ScalarNames<Data>>}}, which is no text, number or boolean of the schema`;
    };
