"""All routers, in the order of the documentation."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter

from api.help import asking as help_asking
from api.help import routes as help_pages
from api.routes import (
    article_feedback,
    article_previews,
    articles,
    attachments,
    auth,
    autonomy,
    bulk,
    cases,
    channels,
    chat,
    customers,
    eval_cases,
    eval_reports,
    eval_runs,
    findings,
    grants,
    import_uploads,
    imports,
    inbox,
    insights,
    knowledge_tasks,
    knowledge_usage,
    learning,
    macros,
    message_html,
    operations,
    orders,
    presence,
    search,
    shops,
    staff,
    suggestions,
    tickets,
)


@dataclass(frozen=True)
class Routers:
    """`versioned` stand under /api/v1, `plain` at the root."""

    versioned: tuple[APIRouter, ...]
    plain: tuple[APIRouter, ...]


ALL = Routers(
    versioned=(
        auth.router,
        bulk.router,
        tickets.router,
        inbox.router,
        tickets.deliveries,
        attachments.router,
        attachments.files,
        presence.router,
        message_html.router,
        suggestions.router,
        customers.router,
        orders.router,
        orders.after_sales,
        orders.products,
        orders.requests,
        article_feedback.router,
        articles.router,
        article_previews.router,
        knowledge_tasks.router,
        findings.router,
        knowledge_usage.router,
        cases.router,
        search.router,
        learning.router,
        eval_cases.router,
        eval_runs.router,
        eval_runs.previews,
        eval_reports.router,
        import_uploads.router,
        imports.router,
        grants.router,
        autonomy.router,
        macros.router,
        macros.of_ticket,
        shops.router,
        shops.accounts,
        staff.router,
        staff.tokens,
        staff.audit,
        channels.router,
        chat.router,
        insights.router,
        operations.router,
    ),
    plain=(operations.health, help_pages.router, help_asking.router, help_pages.for_machines, help_pages.missing),
)
