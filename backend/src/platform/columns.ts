import { p } from '@mikro-orm/core';
import type { Fen } from '@xinbiao/contracts/kernel';

/** Column kinds that both databases keep alike; migrations spell them as the comments say. */

/** `varchar(36)` */
export const id = () => p.uuid();
/** `varchar(64)` */
export const sha = () => p.string().length(64);
/** `datetime(3)`, UTC */
export const instant = () => p.datetime(3);
/** `bigint`: integer fen, inside ±2^53 */
export const money = () => p.bigint('bigint').$type<Fen>().unsigned(false);
/** `mediumtext`: up to 16 MB */
export const longText = () => p.text().columnType('mediumtext');
/** `mediumtext` holding JSON that is never queried inside */
export const document = <T>() => p.json().columnType('mediumtext').$type<T>();
