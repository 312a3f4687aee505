/* random_kinds_services.c - steps of those who serve a guest: device models, toolstacks, back ends,
 * the xenstore. */
#include "random_text.h"

#define VBD "id: 51712, front: <domain>, back: <domain>"

const struct rkind random_service_kinds[] = {
    CALL(BY_DOM0, 3,
         "ioreq: <caller>, op: <create|create|info|enable|disable|destroy>, of: <hvm>, "
         "id: <few>"),
    CALL(BY_ANY, 1, "ioreq: <caller>, op: create, of: <hvm>, buffered: <few>"),
    CALL(BY_DOM0, 3, "set-hvm-param: <caller>, of: <hvm>, number: <param>, value: <<gfn>|0|1|2>"),
    CALL(BY_HVM, 2, "set-hvm-param: <caller>, number: <param>, value: <<gfn>|0|1|2>"),
    CALL(BY_ANY, 1, "get-hvm-param: <caller>, number: <param><|, of: <hvm>>"),
    CALL(BY_ANY, 2, "register-area: <caller>, area: <runstate|time>, at: <<page>|0>"),
    CALL(BY_DOM0, 2, "device-assign: <caller>, device: <device>, to: <domain>"),
    CALL(BY_DOM0, 1, "device-deassign: <caller>, device: <device>, of: <domain>"),
    LOOSE_CALL(BY_DOM0, 2,
               "foreign-access: <frame>, by: <caller>, at: <page>, why: "
               "<device-model|introspection|ring><|, access: write>"),
    LOOSE_DEED(BY_TOOLSTACK, 1, "xenstore-introduce: <domain>"),
    LOOSE_DEED(BY_TOOLSTACK, 1, "xenstore-<read|list>: <domain>, path: <name|/local|data>"),
    LOOSE_DEED(BY_TOOLSTACK, 1,
               "xenstore-write: <domain>, path: <data/a|/local/domain/1/x>, value: <a|b>"),
    LOOSE_DEED(BY_TOOLSTACK, 1,
               "xenstore-<mkdir|rm>: <domain>, path: <data/a|data/b|/local/domain/1/x>"),
    LOOSE_DEED(BY_TOOLSTACK, 1,
               "xenstore-permit: <domain>, path: <data/a|data>, are: <n0|n1 r0|b2>"),
    LOOSE_DEED(BY_TOOLSTACK, 1, "device-add: <vbd|vif>, " VBD),
    LOOSE_DEED(BY_TOOLSTACK, 2,
               "device-switch: <vbd|vif>, " VBD ", end: <front|back>, is: "
               "<initialising|init-wait|initialised|connected|closing|closed>"),
    CALL(BY_ANY, 2, "register-vcpu-info: <caller>, frame: <own-frame>, offset: <0|0x40|4|4096>"),
    CALL(BY_DOM0, 1, "debug-memory: <domain>, by: <caller>, at: <page><|, access: write>"),
    LOOSE_DEED(BY_TOOLSTACK, 1,
               "xenstore-<watch|unwatch>: <domain>, path: <data|data/a|name>, token: <a|b>"),
    LOOSE_DEED(BY_TOOLSTACK, 1, "xenstore-<hear|reset>: <domain>"),
    LOOSE_DEED(BY_TOOLSTACK, 1, "xenstore-begin: <domain>"),
    LOOSE_DEED(BY_TOOLSTACK, 1, "xenstore-end: <domain>, in: <few><|, how: abort>"),
    LOOSE_DEED(BY_TOOLSTACK, 1, "console-<print|type>: <domain>, text: <a|bc>"),
    { NULL, 0, NULL, NULL, NULL, false, NULL, NULL, BY_DOMAIN, false },
};
