import type { Services } from "../runtime/services.ts";

/** Decides where the process of a function dies. */
export interface Crashes {
  /** Called before and after each call of something outside the function. @returns true when the process dies there */
  dies(): boolean;
}

const NEVER = new Promise<never>(() => {});

/**
 * The services of one container. From the moment at which a call dies, no call of the container returns, as if its process had ended.
 * @param onCall called before each call
 * @param onCrash called once, when the process dies
 */
export function mortal<E>(services: Services<E>, crashes: Crashes, onCall: () => void, onCrash: () => void): Services<E> {
  let dead = false;
  const die = () => {
    dead = true;
    onCrash();
    return NEVER;
  };
  const guarded = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, property) {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== "function") return member;
        return async (...args: unknown[]) => {
          if (dead) return NEVER;
          onCall();
          if (crashes.dies()) return die();
          const result: unknown = await Reflect.apply(member, target, args);
          if (dead) return NEVER;
          return crashes.dies() ? die() : result;
        };
      },
    });
  const { table, bus, queue, fetch } = services;
  return {
    ...services,
    table: guarded(table),
    bus: guarded(bus),
    queue: guarded(queue),
    ...(fetch && { fetch: guarded({ fetch }).fetch }),
  };
}
