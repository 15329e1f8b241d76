export { fromRoot, gather, onRoot, PeerFailure, together } from './agree.ts';
export type { Communicator, Summable } from './communicator.ts';
export { connect } from './connect.ts';
export { detectLaunch, type Launch, type LibraryKind } from './launch.ts';
export { localCommunicators } from './local-communicators.ts';
export { spinOfRank, threadsOfRank } from './rank-share.ts';
export { runJob } from './run-job.ts';
