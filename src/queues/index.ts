export { Dismissed, Taken, type Attended, type Member } from './member.ts'
export { mostMembers, usuallyMostMembers, type Queue, type QueueName } from './queue.ts'
export { Queues } from './queues.ts'
