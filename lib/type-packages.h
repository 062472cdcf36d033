/* The packages of Flink's serializers, for tables of their classes' names. */
#ifndef SP_TYPE_PACKAGES_H
#define SP_TYPE_PACKAGES_H

#define BASE "org.apache.flink.api.common.typeutils.base."
#define RUNTIME "org.apache.flink.api.java.typeutils.runtime."
#define STATE "org.apache.flink.runtime.state."
#define STREAMING "org.apache.flink.streaming."
#define SCALA "org.apache.flink.api.scala.typeutils."
#define TABLE "org.apache.flink.table.runtime.typeutils."
#define TABLE_WINDOW "org.apache.flink.table.runtime.operators.window."
#define DATAVIEW "org.apache.flink.table.dataview."
#define SEQUENCED "org.apache.flink.table.runtime.sequencedmultisetstate.linked."
#define CEP "org.apache.flink.cep.nfa."

#endif
