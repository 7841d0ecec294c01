import { expect } from "chai";
import { describe, it } from "mocha";
import { inputHost, utilHost } from "../../../../emulator/apigateway/vtl/hosts.ts";
import { javaRegex, javaReplacement } from "../../../../emulator/apigateway/vtl/java-regex.ts";
import { Template, toMap } from "../../../../emulator/apigateway/vtl/template.ts";
import { BodyNotJsonError, VtlError } from "../../../../emulator/apigateway/vtl/vtl-error.ts";

function render(source: string, body = "", context: object = {}): string {
  const params = {
    path: toMap({ id: "p" }),
    querystring: toMap({ q: "1", id: "shadowed" }),
    header: toMap({ "X-Name": "it's" }),
  };
  return new Template(source, "test").render({
    input: inputHost(body, params),
    util: utilHost,
    context: toMap({ responseOverride: { header: {} }, ...context }),
    stageVariables: toMap({ v: "7" }),
    method: toMap({}),
  });
}

const cases = (name: string, table: readonly (readonly [template: string, expected: string, body?: string])[]) =>
  describe(`vtl / ${name}`, () => {
    for (const [template, expected, body] of table)
      it(`${template} -> ${expected}`, () => expect(render(template, body)).to.equal(expected));
  });

cases("language", [
  ["#set($x = 'a')$x ${x}b $!x", "a ab a"],
  ["#if(true)1#elseif(true)2#else3#end", "1"],
  ["#if(false)1#elseif(1 == 2)2#{else}3#end", "3"],
  ['#if("")yes#end#if(0)yes#end#if($null)yes#end', "yesyes"],
  ["#if(!$context.x)no#end#if($context.x || true)or#end#if(true && $context.x)and#end", "noor"],
  ['#set($x = 7 / 2)$x #set($y = 7 % 4)$y #set($z = 1 + 2 * 3)$z #set($s = "a" + 1)$s', "3 3 7 a1"],
  ["#if(1 < 2 && 2 >= 2 && !(3 <= 2) && 1 != 2)ok#end", "ok"],
  ["#if($stageVariables.v == 7)alike#end", "alike"],
  ["#foreach($x in [1..3])$x$foreach.index#if($foreach.hasNext),#end#end", "10,21,32"],
  ["#foreach($x in [1..9])$x#if($x == 3)#break#end#end", "123"],
  ["#foreach($x in $input.path('$'))$x;#end#set($x = 9)$x", "1;2;9", '{"a":1,"b":2}'],
  ["#foreach($e in $input.path('$').entrySet())$e.key=$e.value;#end", "a=1;b=x;", '{"a":1,"b":"x"}'],
  ["#macro(hi $n)<$n>#end#hi('x')#hi($context.none)", "<x><$n>"],
  ["#set($m = {'a': 1})#set($m.b = 2)#set($m['c'] = 3)$m $m.c $m['b']", "{a=1, b=2, c=3} 3 2"],
  ["#set($l = [1, 'b', true])$l[1] $l", "b [1, b, true]"],
  ['#set($x = "v")"$x" #set($y = "in $x")$y', '"v" in v'],
  ["## comment\n#* more *#a#[[$raw]]#", "a$raw"],
  ["$context.none.at.all|$stageVariables.none|$!none|", "|||"],
  ["#set($context.responseOverride.header.X = 'y')$context.responseOverride.header.X", "y"],
]);

cases("strings", [
  ["#set($s = 'a.b.c')$s.replace('.', '-') $s.replaceAll('.', '-') $s.replaceFirst('\\.', '-')", "a-b-c ----- a-b.c"],
  ["#set($s = 'k=v')$s.replaceAll('(\\w)=(\\w)', '$2=$1')", "v=k"],
  ["#set($s = 'abc')$s.matches('b') $s.matches('a.c') $s.matches('(?i)ABC')", "false true true"],
  [
    "#set($s = 'abc')$s.contains('b') $s.startsWith('a') $s.endsWith('a') $s.indexOf('c') $s.lastIndexOf('z')",
    "true true false 2 -1",
  ],
  [
    "#set($s = 'abc')$s.equals('abc') $s.equals('x') $s.equalsIgnoreCase('ABC') $s.length() $s.isEmpty()",
    "true false true 3 false",
  ],
  ["#set($s = 'abc')$s.substring(1) $s.substring(0, 2) $s.charAt(2) $s.concat('d') $s.toUpperCase()", "bc ab c abcd ABC"],
  ["#set($s = ' a ')[$s.trim()]", "[a]"],
  ["#set($s = 'a,b,,c,,')$s.split(',').size() $s.split(',', -1).size() $s.split(',', 2)", "4 6 [a, b,,c,,]"],
]);

cases("lists and maps", [
  [
    "#set($l = [1, 2])$l.add(3) $l.size() $l.contains(2) $l.get(0) $l.indexOf(3) $l.isEmpty() $l.subList(1, 3)",
    "true 3 true 1 2 false [2, 3]",
  ],
  ["#set($l = ['a', 'b'])$l.remove('a') $l #set($x = $l.set(0, 'z'))$x $l", "true [b] b [z]"],
  [
    "#set($m = {'a': 1})$m.containsKey('a') $m.containsKey('toString') $m.get('a') $m.size() $m.keySet() $m.values()",
    "true false 1 1 [a] [1]",
  ],
  ["#set($m = {})$m.put('a', 1)$m.put('a', 2) $m.isEmpty() $m.getOrDefault('x', 'd') $m.remove('a') $m", "1 false d 2 {}"],
]);

cases("$input", [
  ["$input.body", "raw $x", "raw $x"],
  ["$input.json('$')", "{}"],
  ["$input.json('$.a') $input.json('$.none') $input.path('$.none')|", '{"b":[1,2]} "" |', '{"a":{"b":[1,2]}}'],
  [
    "$input.path('$.a.b[1]') $input.path(\"$['a']['b'][-1]\") $input.json('$.a.b[*]') $input.json('$.a.*')",
    "2 2 [1,2] [[1,2]]",
    '{"a":{"b":[1,2]}}',
  ],
  ["$input.path('$.a').b $input.path('$').a.b[0]", "[1, 2] 1", '{"a":{"b":[1,2]}}'],
  ["$input.path('$') $input.path('$.s.length')|", "{s=x, n=null} |", '{"s":"x","n":null}'],
  ["$input.params('id') $input.params('q') $input.params('x-name') $input.params('none')|", "p 1 it's |"],
  ["$input.params().header.get('X-Name') $input.params().querystring.q $input.params().path.keySet()", "it's 1 [id]"],
]);

cases("$util", [
  [`$util.escapeJavaScript("a/'b")`, "a\\/\\'b"],
  [
    "$util.escapeJavaScript($input.path('$'))",
    "\\\"\\\\\\/\\'\\b\\f\\n\\r\\t\\u0001\\u001F\u007f\\u0080\\u00E9\\u6F22\\uD83D\\uDE00",
    JSON.stringify("\"\\/'\b\f\n\r\t\u0001\u001f\u007f\u0080é漢😀"),
  ],
  ["$util.parseJson($input.body).a", "1", '{"a":1}'],
  ["$util.urlEncode($input.body) $util.urlDecode('a+b%20c')", "a+b%2B%C3%A9%7E%21*.-_ a b c", "a b+é~!*.-_"],
  ["$util.base64Encode($input.body) $util.base64Decode('w6k=')", "w6k= é", "é"],
]);

describe("vtl / errors", () => {
  for (const [template, message] of [
    ["$util.nope('x')", /\$util\.nope\(…\): the method "nope" does not exist\. Use one of base64Decode/],
    ["$util.time", /\$util has no property "time"/],
    ["$nope", /the variable \$nope is not set/],
    ["$input.json('$..a')", /JSONPath "\$\.\.a" has "\.\.a"/],
    ["$input.json('a')", /does not start with \$/],
    ["#set($s = 'abc')$s.substring(5)", /index 5 is outside a string of 3/],
    ["#set($s = 'a')$s.matches('a*+')", /possessive quantifiers, which only Java has/],
    ["#set($s = 'a')$s.getClass()", /the method "getClass" does not exist/],
    ["#set($util = 1)", /\$util is a variable of the gateway/],
    ["#set($none.x = 1)", /the map or list to set it in does not exist/],
  ] as const) {
    it(template, () => expect(() => render(template, "{}")).to.throw(VtlError, message));
  }
  it("refuses a template that can't be parsed", () =>
    expect(() => new Template("#if(", "POST /x")).to.throw(VtlError, /^POST \/x: the template can't be parsed/));
  it("refuses a template larger than 300 KB", () => {
    expect(new Template("a".repeat(300 * 1_024), "POST /x").render({})).to.have.length(300 * 1_024);
    expect(() => new Template("é".repeat(150 * 1_024 + 1), "POST /x")).to.throw(
      VtlError,
      /^POST \/x: the template is larger than 300 KB/,
    );
  });
  it("refuses a loop over more than 1,000 elements", () => {
    expect(render("#foreach($x in [1..1000])x#end")).to.have.length(1_000);
    expect(() => render("#foreach($x in [1..1001])x#end")).to.throw(VtlError, /1001 elements/);
  });
  it("treats a body that is not JSON as an error of the caller", () =>
    expect(() => render("$input.json('$')", "nope")).to.throw(BodyNotJsonError));
});

describe("java regex", () => {
  for (const [pattern, yes, no] of [
    ["\\p{Alpha}+", "abc", "ab1"],
    ["[\\p{Digit}_]+", "1_2", "a"],
    ["\\Qa.b\\E", "a.b", "axb"],
    ["\\'\\-\\_", "'-_", "x"],
    ["a}]", "a}]", "a"],
    ["[]a]+", "]a", "b"],
    ["x{2,3}", "xxx", "x"],
    [".", "😀", "ab"],
    ["(?s)a.b", "a\nb", "acd"],
    ["\\Aa\\z", "a", "a\n"],
  ] as const) {
    it(`${pattern} matches ${JSON.stringify(yes)}, not ${JSON.stringify(no)}`, () => {
      expect(javaRegex(pattern, "whole").test(yes)).to.equal(true);
      expect(javaRegex(pattern, "whole").test(no)).to.equal(false);
    });
  }
  for (const pattern of ["[a&&b]", "[a[b]]", "(?>a)", "a++", "a\\", "("])
    it(`refuses ${pattern}`, () => expect(() => javaRegex(pattern, "find")).to.throw(VtlError));
  it("refuses an unescaped dollar sign in a replacement", () => expect(() => javaReplacement("a$")).to.throw(VtlError));
  it("returns the same result when called again", () =>
    expect([1, 2, 3].map(() => javaRegex("a", "whole").test("a"))).to.deep.equal([true, true, true]));
});
