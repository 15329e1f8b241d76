import protobuf from 'protobufjs';

/** The part of TensorBoard's event.proto and summary.proto that this project writes; numbers and types are TensorBoard's. */
const EVENT_PROTO = `
syntax = "proto3";
message SummaryValue {
  string tag = 1;
  float simple_value = 2;
}
message Summary {
  repeated SummaryValue value = 1;
}
message Event {
  double wall_time = 1;
  int64 step = 2;
  oneof what {
    string file_version = 3;
    Summary summary = 5;
  }
}
`;

/** One entry of an event file. */
export interface Event {
  /** Seconds since 1970. */
  wallTime: number;
  /** Optimiser steps made. */
  step?: number;
  /** First entry only: `brain.Event:2`. */
  fileVersion?: string;
  summary?: { value: { tag: string; simpleValue: number }[] };
}

const EventMessage = protobuf.parse(EVENT_PROTO).root.lookupType('Event');

/** Encodes an event as TensorBoard reads it. */
export function encodeEvent(event: Event): Uint8Array {
  return EventMessage.encode(EventMessage.fromObject(event)).finish();
}

/** Decodes an event. */
export function decodeEvent(bytes: Uint8Array): Event {
  return EventMessage.toObject(EventMessage.decode(bytes), { longs: Number }) as Event;
}
