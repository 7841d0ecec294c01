/** Names of a route's path parameters: `"id"` of `"GET /orders/{id}"`. */
type PathNames<Route extends string> = Route extends `${string}{${infer Name}}${infer Rest}` ? Name | PathNames<Rest> : never;

/** What a path or query parameter can be. */
type Scalar = string | number | boolean | undefined;
type ScalarNames<Data> = { [Name in keyof Data & string]-?: Data[Name] extends Scalar ? Name : never }[keyof Data & string];

/** Fields of the data that a query parameter can carry. */
export type QueryNames<Data> = readonly ScalarNames<Data>[];

type Verb = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
/** Method and path, such as `"POST /orders"`. */
export type Route = `${Verb} /${string}`;

/** What is wrong with a text that is no method and path. */
type RouteMistake<Text extends string> = Text extends `/${string}`
  ? `a route begins with its method, like "POST ${Text}"`
  : Text extends `${Verb} ${infer Path}`
    ? `the path of a route begins with a slash, like "/${Path}"`
    : Text extends `${infer First} ${infer Path}`
      ? Uppercase<First> extends Verb
        ? `the method of a route is in capitals, like "${Uppercase<First>} ${Path}"`
        : `"${First}" is no method of a route; there are GET, POST, PUT, PATCH and DELETE`
      : `a route is a method and a path, like "POST /orders"`;
/** A trigger's route, or the sentence that says what is wrong with it: the compiler shows it as the type that was expected. */
export type RouteForm<Text extends string> = Text extends Route
  ? Text extends `${string}/:${infer Name}/${string}` | `${string}/:${infer Name}`
    ? `a parameter of a trigger's path stands in braces, like {id}, and not after a colon, like :${Name}`
    : Text
  : RouteMistake<Text>;

/** The route, if it has the form of one and each of its path parameters is a text, number or boolean of the data; else what is wrong. */
export type RouteWithin<Text extends string, Data> =
  RouteForm<Text> extends Text
    ? [Exclude<PathNames<Text>, ScalarNames<Data>>] extends [never]
      ? Text
      : `the path names {${Exclude<PathNames<Text>, ScalarNames<Data>>}}, which is no text, number or boolean of the schema`
    : RouteForm<Text>;
