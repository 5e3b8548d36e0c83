%% SPDX-License-Identifier: Apache-2.0
%%
%% One call that opens a persistent room with its owner and its members, as create_room_with_opts does in
%% newer releases of ejabberd: in Debian 12's 23.01 it can't store affiliations, so that five calls would be
%% needed. It does what that command does: it starts the room's process and writes its record.
-module(mod_bench_group).
-behaviour(gen_mod).

-include("ejabberd_commands.hrl").

-export([start/2, stop/1, reload/3, depends/2, mod_options/1, mod_doc/0]).
-export([create_group/5]).

start(_Host, _Opts) -> ejabberd_commands:register_commands(commands()).
stop(_Host) -> ejabberd_commands:unregister_commands(commands()).
reload(_Host, _New, _Old) -> ok.
depends(_Host, _Opts) -> [{mod_muc, hard}].
mod_options(_Host) -> [].
mod_doc() -> #{}.

commands() ->
    [#ejabberd_commands{name = create_group, tags = [muc], module = ?MODULE, function = create_group,
                        desc = "Open a persistent room with an owner and members",
                        args = [{name, binary}, {service, binary}, {title, binary}, {owner, binary},
                                {members, {list, {member, binary}}}],
                        result = {res, rescode}}].

create_group(Name, Service, Title, Owner, Members) ->
    ServerHost = hd(ejabberd_option:hosts()),
    Affiliations = [{user(Owner), {owner, <<>>}} | [{user(Member), {member, <<>>}} || Member <- Members]],
    Own = [{affiliations, Affiliations}, {persistent, true}, {title, Title}],
    Default = [Option || {Key, _} = Option <- mod_muc_opt:default_room_options(ServerHost),
                         not lists:keymember(Key, 1, Own)],
    ok = mod_muc:create_room(Service, Name, Own ++ Default),
    {atomic, _} = mod_muc:store_room(ServerHost, Service, Name, Own ++ Default),
    ok.

user(Jid) -> jid:tolower(jid:remove_resource(jid:decode(Jid))).
