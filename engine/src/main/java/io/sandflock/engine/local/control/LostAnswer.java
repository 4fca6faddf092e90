/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import reactor.netty.NettyPipeline;

/** Swallows one answer on its way out, so that what was asked for happened and nobody is told. */
final class LostAnswer extends ChannelOutboundHandlerAdapter {

    /** What the client sees instead. */
    enum Instead {
        BAD_GATEWAY,
        RESET,
        NOTHING
    }

    private final Instead instead;

    private LostAnswer(Instead instead) {
        this.instead = instead;
    }

    static void on(Channel channel, Instead instead) {
        channel.pipeline().addBefore(NettyPipeline.ReactiveBridge, "sandflock.lost", new LostAnswer(instead));
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        boolean last = message instanceof LastHttpContent;
        ReferenceCountUtil.release(message);
        if (instead == Instead.BAD_GATEWAY && last) {
            ChannelFuture unused = context.write(badGateway(), promise);
            context.pipeline().remove(this);
            return;
        }
        promise.trySuccess();
        if (instead == Instead.RESET && last) {
            context.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            ChannelFuture unused = context.close();
        }
    }

    private static DefaultFullHttpResponse badGateway() {
        DefaultFullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.BAD_GATEWAY);
        response.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0);
        return response;
    }
}
