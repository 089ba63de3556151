/** What is written on a card. */
export { nameOf as titleOf } from '../../../nodes/component-node';
