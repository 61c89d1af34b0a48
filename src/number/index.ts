export { classifyNumber, type NumberClass } from './classify.ts'
export { formatNumber, type NumberFormat } from './format.ts'
export { normalizeNumber } from './normalize.ts'
export { newNumberPlan, noMatch, type NumberPlan, type PlanEntry, type PlanMatch } from './number-plan.ts'
