import type { Visibility } from '../source.ts'
import type { PublishedChange, PublishedTruncate } from './published-change.ts'
import type { KeylessEvent } from './keyless-event.ts'

export type Remembered =
  | { readonly kind: 'change'; readonly event: PublishedChange }
  | { readonly kind: 'truncate'; readonly event: PublishedTruncate }
  | { readonly kind: 'keyless'; readonly event: KeylessEvent }

/**
 * Events that the stream has delivered while a new snapshot of the source might still not see their transaction: a commit
 * is in the log before it is visible. A window that opens with such a snapshot is given them.
 */
export class Ring {
  /** In order of publishing, because a transaction is published as a whole. */
  readonly #transactions = new Map<bigint, Remembered[]>()
  /** Transactions that an earlier process had published. What they did is not known, so snapshots must see them. */
  readonly #inherited: Set<bigint>
  #seen: Visibility | null = null
  /** Snapshots that are asked for and may be older than any visibility that arrives before they open. */
  readonly #opening = new Set<object>()
  #deferred: { readonly visibility: Visibility; readonly behind: Set<object> } | null = null

  /** `invisible`: as the stored connector state has it. */
  constructor(invisible: readonly string[]) {
    this.#inherited = new Set(invisible.map(BigInt))
  }

  remember(item: Remembered): void {
    const transaction = item.event.transaction
    if (this.#seen?.sees(transaction)) return
    const items = this.#transactions.get(transaction)
    if (items === undefined) this.#transactions.set(transaction, [item])
    else items.push(item)
  }

  /** A snapshot will be taken for `who`; until `opened` nothing that it might not see is forgotten. */
  opening(who: object): void {
    this.#opening.add(who)
  }

  /** The snapshot of `who` is here, or will never come. */
  opened(who: object): void {
    this.#opening.delete(who)
    this.#deferred?.behind.delete(who)
    this.#applyDeferred()
  }

  /** Forgets what this snapshot sees, once no older snapshot can turn up any more. */
  prune(visibility: Visibility): void {
    // With one visibility waiting, later ones are not needed: the next one comes soon.
    if (this.#deferred !== null) return
    this.#deferred = { visibility, behind: new Set(this.#opening) }
    this.#applyDeferred()
  }

  /** The events of one table that the snapshot does not see, in publishing order. */
  *unseenBy(visibility: Visibility, table: string): Generator<Remembered> {
    for (const [transaction, items] of this.#transactions) {
      if (visibility.sees(transaction)) continue
      for (const item of items) if (item.event.table === table) yield item
    }
  }

  /** For the connector state. */
  invisible(): string[] {
    return [...new Set([...this.#inherited, ...this.#transactions.keys()])].map(String)
  }

  /** False while a new snapshot might miss what an earlier process published. */
  get complete(): boolean {
    return this.#inherited.size === 0
  }

  #applyDeferred(): void {
    if (this.#deferred === null || this.#deferred.behind.size > 0) return
    const visibility = this.#deferred.visibility
    this.#deferred = null
    this.#seen = visibility
    for (const id of this.#transactions.keys()) if (visibility.sees(id)) this.#transactions.delete(id)
    for (const id of this.#inherited) if (visibility.sees(id)) this.#inherited.delete(id)
  }
}
