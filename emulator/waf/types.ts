/** A web ACL as the recorded `aws:wafv2/webAcl:WebAcl` declares it: the inputs that the emulator uses. */
export interface WebAclDefinition {
  readonly name: string;
  readonly defaultAction: Action;
  readonly rules?: readonly Rule[];
  readonly customResponseBodies?: readonly {
    readonly key: string;
    readonly content: string;
    readonly contentType: string;
  }[];
  readonly associationConfig?: {
    readonly requestBodies?: readonly { readonly apiGateway?: { readonly defaultSizeInspectionLimit: string } }[];
  };
}

export interface Rule {
  readonly name: string;
  /** Rules are evaluated by ascending priority. */
  readonly priority: number;
  readonly action?: Action;
  /** Of a rule group: `count` lets its rules count only. */
  readonly overrideAction?: { readonly none?: object; readonly count?: object };
  readonly statement: Statement;
}

export interface Action {
  readonly allow?: object;
  readonly count?: object;
  readonly block?: {
    readonly customResponse?: {
      readonly responseCode: number;
      readonly customResponseBodyKey?: string;
      readonly responseHeaders?: readonly { readonly name: string; readonly value: string }[];
    };
  };
}

/** A rule statement; exactly one member is set. https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statements-list.html */
export interface Statement {
  readonly rateBasedStatement?: RateBased;
  readonly managedRuleGroupStatement?: ManagedRuleGroup;
  readonly sizeConstraintStatement?: {
    readonly fieldToMatch: FieldToMatch;
    readonly comparisonOperator: string;
    /** Bytes. */
    readonly size: number;
  };
  readonly regexMatchStatement?: {
    readonly fieldToMatch: FieldToMatch;
    readonly regexString: string;
    readonly textTransformations?: readonly { readonly priority: number; readonly type: string }[];
  };
  readonly andStatement?: { readonly statements: readonly Statement[] };
  readonly notStatement?: { readonly statement: Statement };
}

/** https://docs.aws.amazon.com/waf/latest/APIReference/API_ManagedRuleGroupStatement.html */
interface ManagedRuleGroup {
  readonly vendorName: string;
  readonly name: string;
  /** @default the version that AWS recommends */
  readonly version?: string;
  /** Only requests that match it are inspected. */
  readonly scopeDownStatement?: Statement;
  readonly ruleActionOverrides?: readonly { readonly name: string; readonly actionToUse: Action }[];
}

export interface RateBased {
  /** Maximum number of requests of one address within the window. */
  readonly limit: number;
  /** Seconds. @default 300 */
  readonly evaluationWindowSec?: number;
  /** @default "IP" */
  readonly aggregateKeyType?: string;
}

interface FieldToMatch {
  readonly body?: { readonly oversizeHandling?: string };
  readonly singleHeader?: { readonly name: string };
  readonly uriPath?: object;
}
