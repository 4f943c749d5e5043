#!/bin/bash
# `--bootstrap-server HOST:PORT`: whether the listener is open. The class that asks for versions is not among the jars.
exec 3<>"/dev/tcp/${2%:*}/${2##*:}"
