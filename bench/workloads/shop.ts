import { createShop, fillShop } from '../../demo/shop/load-shop.ts'
import type { Workload } from './workload.ts'

/** The shop of the demo: many types, long texts, a table without a key. */
export const shop: Workload = { name: 'shop', schema: 'shop', create: createShop, fill: fillShop }
