#!/bin/sh
: "$@"
