/* table.h - rows of a CSV as messages of one type: people and bills in bulk.
 *
 * The header line names members by their JSON pointer without the first slash, in any order; an empty cell is an absent
 * member, and an element of a list whose cells are all empty is not there. Values are written as in JSON, without
 * quotes:
 *
 *   id,name,born,coverages/0/scheme,coverages/0/standing,coverages/0/pack,coverages/0/from
 *   p1,张三,1980-05-01,resident,adult,cn.shandong.zibo,2023-01-01
 *
 * A row is read with all the checks of json_read, which words every refusal. */
#ifndef YZ_WIRE_TABLE_H
#define YZ_WIRE_TABLE_H

#include "csv.h"
#include "problem.h"

#include <protobuf-c/protobuf-c.h>

enum { TABLE_STEPS = 8 }; /* of one column: "sums/listed/0/own_expense" has four */

struct table;

/* Understands a header line; the table lives in the arena. NULL and *problem (MALFORMED) when a column names no value
 * of the type, or one twice. */
struct table *table_open(const ProtobufCMessageDescriptor *type, const struct csv_record *header, struct arena *arena,
                         Yz__Problem **problem);

/* One row as a message in the arena; NULL and *problem when it is refused. */
void *table_row(const struct table *table, const struct csv_record *row, struct arena *arena, Yz__Problem **problem);

#endif
