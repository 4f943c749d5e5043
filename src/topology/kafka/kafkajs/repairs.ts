/** Mends kafkajs 2.2.4 wherever it is used in this process (docs/decisions/0017-kafkajs-repaired.md). */
import './anyBroker.ts';
import './connection.ts';
import './coordinator.ts';
import './group.ts';
import './headers.ts';
import './metadata.ts';
import './offsets.ts';
