/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.sandflock.engine.local.Exchange;
import io.sandflock.engine.local.ExchangeListener;
import java.io.ByteArrayOutputStream;
import java.util.HashSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Copies what passes on a connection. Between Netty's codec and the handler, so that it sees the wire's own truth. */
final class ExchangeRecorder extends ChannelDuplexHandler {

    private static final int SWITCHING = 101;

    private final ExchangeListener listener;
    private final int limit;
    private @Nullable HttpRequest request;
    private @Nullable HttpResponse response;
    private ByteArrayOutputStream asked = new ByteArrayOutputStream(0);
    private ByteArrayOutputStream answered = new ByteArrayOutputStream(0);

    ExchangeRecorder(ExchangeListener listener, int limit) {
        this.listener = listener;
        this.limit = limit;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        if (message instanceof HttpRequest begun) {
            request = begun;
            response = null;
            asked = new ByteArrayOutputStream(0);
            answered = new ByteArrayOutputStream(0);
        }
        copy(message, asked);
        super.channelRead(context, message);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) throws Exception {
        if (message instanceof HttpResponse begun && begun.status().code() != 100) {
            response = begun;
        }
        copy(message, answered);
        super.write(context, message, promise);
        HttpResponse begun = response;
        if (begun != null
                && (message instanceof LastHttpContent || begun.status().code() == SWITCHING)) {
            tell(begun);
        }
    }

    private void tell(HttpResponse answer) {
        HttpRequest call = request;
        request = null;
        response = null;
        if (call == null) {
            return;
        }
        int query = call.uri().indexOf('?');
        Set<String> names = new HashSet<>();
        call.headers().names().forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
        listener.onExchange(new Exchange(
                call.method().name(),
                query < 0 ? call.uri() : call.uri().substring(0, query),
                query < 0 ? "" : call.uri().substring(query + 1),
                names,
                Objects.requireNonNullElse(call.headers().get(HttpHeaderNames.CONTENT_TYPE), ""),
                asked.toByteArray(),
                answer.status().code(),
                Objects.requireNonNullElse(answer.headers().get(HttpHeaderNames.CONTENT_TYPE), ""),
                answered.toByteArray()));
    }

    private void copy(Object message, ByteArrayOutputStream into) {
        ByteBuf bytes = message instanceof ByteBuf plain
                ? plain
                : message instanceof ByteBufHolder holder ? holder.content() : null;
        int room = limit - into.size();
        if (bytes != null && request != null && bytes.isReadable() && room > 0) {
            byte[] copy = new byte[Math.min(room, bytes.readableBytes())];
            bytes.getBytes(bytes.readerIndex(), copy);
            into.writeBytes(copy);
        }
    }
}
