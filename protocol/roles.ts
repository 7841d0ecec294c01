/** Roles of those who operate the hub, the least one first: each may do what the ones before it may. */
export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** @returns whether a caller of role `has` may do what takes `needed` */
export const mayAct = (has: Role, needed: Role): boolean => ROLES.indexOf(has) >= ROLES.indexOf(needed);

/** @returns the lesser of two roles */
export const lesserRole = (a: Role, b: Role): Role => (mayAct(a, b) ? b : a);

export const isRole = (value: unknown): value is Role => (ROLES as readonly unknown[]).includes(value);
